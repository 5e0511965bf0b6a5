import type { Clock } from '../lib/clock.ts';
import { Congestion, type Write } from './congestion.ts';

/** One message on its way, as its fleet counts it and all do. */
export interface FleetWrite {
  readonly fleet: string;
  readonly own: Write;
  readonly all: Write;
}

/** Says of which fleets the clients do not keep up with what is written to them; without a name: all of them together. */
export class FleetCongestion {
  readonly #clock: Clock;
  readonly #onChange: (isCongested: boolean, fleet: string | undefined) => void;
  /** Congestion of each fleet with something on its way. */
  readonly #fleets = new Map<string, Congestion>();
  readonly #all: Congestion;

  constructor(clock: Clock, onChange: (isCongested: boolean, fleet: string | undefined) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#all = new Congestion(clock, highBytesOfAll, (isCongested) => onChange(isCongested, undefined));
  }

  wrote(fleet: string, bytes: number): FleetWrite {
    const own = this.#of(fleet).wrote(bytes);
    return { fleet, own, all: this.#all.wrote(bytes) };
  }

  taken({ fleet, own, all }: FleetWrite): void {
    this.#all.taken(all);
    const congestion = this.#fleets.get(fleet);
    congestion?.taken(own);
    if (congestion?.idle === true) this.#fleets.delete(fleet);
  }

  close(): void {
    this.#all.close();
    for (const congestion of this.#fleets.values()) congestion.close();
  }

  #of(fleet: string): Congestion {
    let congestion = this.#fleets.get(fleet);
    if (congestion === undefined) {
      congestion = new Congestion(this.#clock, highBytes, (isCongested) =>
        this.#onChange(isCongested, fleet),
      );
      this.#fleets.set(fleet, congestion);
    }
    return congestion;
  }
}

/**
 * More lets more clients read at the same time, less bounds the memory for it; revise by process_resident_memory_bytes
 * and the time that a fleet takes to start.
 */
const highBytes = 8 * 1024 * 1024;

/** More than one fleet has before it is held up, so that none of them holds up all. */
const highBytesOfAll = 4 * highBytes;
