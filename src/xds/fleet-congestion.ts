import type { Clock } from '../lib/clock.ts';
import { Congestion, type Write } from './congestion.ts';

export interface FleetWrite {
  readonly fleet: string;
  readonly own: Write;
  readonly all: Write;
}

/** Detects fleets whose clients do not read as fast as they are written to; without a name: all together. */
export class FleetCongestion {
  readonly #clock: Clock;
  readonly #onChange: (isCongested: boolean, fleet: string | undefined) => void;
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
 * Limit of a fleet. More lets more clients read at a time, less bounds memory; revise by
 * process_resident_memory_bytes and the time that a fleet takes to start.
 */
const highBytes = 8 * 1024 * 1024;

/** Limit of all fleets, above that of one, so that no fleet delays all. */
const highBytesOfAll = 4 * highBytes;
