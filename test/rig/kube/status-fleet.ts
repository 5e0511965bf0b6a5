import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { MemoryApi } from './memory-api.ts';
import { StatusProxy } from './status-proxy.ts';
import { lateMs, StatusReplica, type Outcome } from './status-replica.ts';

const replicaCount = 2;

/** Replicas on one API server, and their proxies. Events, notes and writes travel when the test says so. */
export class StatusFleet {
  readonly api = new MemoryApi();
  readonly clock = new ManualClock();
  readonly proxies: readonly StatusProxy[];
  /** Outcomes of the next writes; after them, `taken`. */
  outcomes: Outcome[] = [];
  written = 0;
  /** Notes by replica; they outlive its process. */
  readonly notes = new Map<number, string>();
  leader: number | undefined = 0;
  readonly #replicas: (StatusReplica | undefined)[] = [];

  /** Two proxies for each Gateway, not connected yet. */
  constructor(gateways: readonly string[]) {
    this.proxies = gateways.flatMap((gateway) =>
      ['a', 'b'].map((id) => new StatusProxy(gateway, `${gateway}-${id}`)),
    );
    this.api.store.onChange = (change) => this.#replicas.forEach((replica) => replica?.hear(change));
  }

  replica(at: number): StatusReplica | undefined {
    return this.#replicas[at];
  }

  start(at: number): void {
    this.#replicas[at] ??= new StatusReplica(this, at);
  }

  /** As by SIGKILL: a write under way may arrive. */
  async kill(at: number): Promise<void> {
    const replica = this.#replicas[at];
    this.#replicas[at] = undefined;
    for (const proxy of this.proxies) if (proxy.at === at) proxy.disconnect();
    if (this.leader === at) this.leader = undefined;
    await replica?.end();
  }

  lead(at: number | undefined): void {
    if (at === this.leader) return;
    const before = this.leader;
    this.leader = at;
    if (before !== undefined) this.#replicas[before]?.elected(false);
    if (at !== undefined) this.#replicas[at]?.elected(true);
  }

  connect(proxy: StatusProxy, at: number, keepsState: boolean): void {
    const replica = this.#replicas[at];
    if (replica?.isReady === true) proxy.connect(replica.pipeline, at, keepsState);
  }

  noted(from: number, text: string): void {
    this.notes.set(from, text);
    this.#replicas.forEach((replica, at) => at !== from && replica?.hearNote(from));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceBy(ms);
    await turns(6);
  }

  /** Delivers everything, with its faults; then without, for longer than any wait. */
  async finish(): Promise<void> {
    await this.#settle();
    await this.pass(lateMs);
    this.outcomes = [];
    for (const proxy of this.proxies) {
      // A process never accepts bytes that it has rejected, so a new one must try.
      if (proxy.hasRejected) proxy.disconnect();
      proxy.setBehaviour('takes');
    }
    for (let at = 0; at < replicaCount; at++) this.start(at);
    await this.#settle();
    this.lead(this.leader ?? 0);
    for (const [i, proxy] of this.proxies.entries()) {
      if (proxy.at === undefined) this.connect(proxy, i % replicaCount, false);
    }
    for (let minute = 0; minute < 3; minute++) {
      await this.#settle();
      for (let second = 0; second < 5; second++) await this.pass(1000);
      await this.pass(60_000);
    }
    await this.#settle();
  }

  async close(): Promise<void> {
    for (let at = 0; at < replicaCount; at++) await this.kill(at);
  }

  async #settle(): Promise<void> {
    let still = 0;
    for (let round = 0; still < 6; round++) {
      if (round > 5000) throw new Error('still busy');
      for (const replica of this.#replicas) replica?.hearAll();
      await turn();
      const isBusy =
        this.#replicas.some((replica) => replica?.isIdle === false) ||
        this.proxies.some((proxy) => !proxy.isIdle);
      still = isBusy ? 0 : still + 1;
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
