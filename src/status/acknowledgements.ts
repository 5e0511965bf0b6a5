import type { Clock } from '../lib/clock.ts';

interface BackOff {
  nextMs(): number;
  reset(): void;
}

/** What an Acknowledgements works with, and whom it tells. */
export interface AcknowledgementsPorts {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** Tells the other replicas all of it, in place of what they were told before. Resolves to whether it went well. */
  readonly publish: (text: string) => Promise<boolean>;
  /** What another replica's proxies of the Gateway, `namespace/name`, have may be different now. */
  readonly onHeard: (gateway: string) => void;
}

/** Between two writes; the first goes soon. Shorter says sooner that a Gateway is programmed, longer writes less. */
const intervalMs = 500;

/** What the proxies of one fleet say within this is one write. */
const gatherMs = 20;

/**
 * Which Listeners the proxies of each replica have ACKed. A proxy connects to any replica, and the leader alone writes
 * that a Gateway is programmed, so the replicas tell each other.
 *
 * What is told is a version of a Gateway's Listeners, which is the same on every replica: who has another one says
 * nothing of ours.
 */
export class Acknowledgements {
  readonly #ports: AcknowledgementsPorts;
  readonly #own = new Map<string, string>();
  readonly #others = new Map<string, ReadonlyMap<string, string>>();
  /** Undefined at first: what this replica's last process has published is not what this one has. */
  #published: string | undefined;
  #notBeforeMs = -Infinity;
  #cancel: (() => void) | undefined;
  #publishing = false;
  #open = false;

  constructor(ports: AcknowledgementsPorts) {
    this.#ports = ports;
  }

  /** From here on tells the others. */
  start(): void {
    this.#open = true;
    this.#publishSoon();
  }

  close(): void {
    this.#open = false;
    this.#cancel?.();
  }

  /** Version of the Gateway's Listeners that proxies of this replica have ACKed, undefined for none. */
  set(gateway: string, version: string | undefined): void {
    if (this.#own.get(gateway) === version) return;
    if (version === undefined) this.#own.delete(gateway);
    else this.#own.set(gateway, version);
    this.#publishSoon();
  }

  /** Whether proxies of another replica have ACKed this version. */
  has(gateway: string, version: string): boolean {
    return [...this.#others.values()].some((versions) => versions.get(gateway) === version);
  }

  /** What another replica has published; undefined: it is gone. */
  heard(replica: string, text: string | undefined): void {
    const before = this.#others.get(replica) ?? new Map<string, string>();
    const after = text === undefined ? new Map<string, string>() : parse(text);
    if (text === undefined) this.#others.delete(replica);
    else this.#others.set(replica, after);
    for (const gateway of new Set([...before.keys(), ...after.keys()]))
      if (before.get(gateway) !== after.get(gateway)) this.#ports.onHeard(gateway);
  }

  #publishSoon(): void {
    if (!this.#open || this.#publishing || this.#cancel !== undefined) return;
    const { clock } = this.#ports;
    const delayMs = Math.max(gatherMs, this.#notBeforeMs - clock.now());
    this.#cancel = clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.#publish();
    });
  }

  async #publish(): Promise<void> {
    const { clock, backOff, publish } = this.#ports;
    const text = JSON.stringify(Object.fromEntries([...this.#own].sort(([a], [b]) => (a < b ? -1 : 1))));
    if (text === this.#published) return;
    this.#publishing = true;
    const isDone = await publish(text);
    this.#publishing = false;
    if (isDone) {
      this.#published = text;
      backOff.reset();
    }
    this.#notBeforeMs = clock.now() + (isDone ? intervalMs : backOff.nextMs());
    this.#publishSoon();
  }
}

function parse(text: string): ReadonlyMap<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(Object.entries(value).filter((entry) => typeof entry[1] === 'string'));
  } catch {
    // Somebody has edited it; the replica's next word is a good one again.
    return new Map();
  }
}
