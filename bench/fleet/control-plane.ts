import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayName, RunningPeer } from '../peers/peer.ts';
import { Arrivals } from './tap/arrivals.ts';
import type { RunningTap, Versions } from './tap/tap.ts';
import { tapOf } from './tap/tap-of.ts';
import { gatewayName } from './cluster/objects.ts';
import type { RouteStatuses } from './cluster/route-statuses.ts';
import { cpuMs, memory, withChildren, type Memory } from './measure/proc.ts';

/** A running control plane, its cost, and taps on it. */
export class ControlPlane {
  readonly peer: RunningPeer;
  readonly #taps: RunningTap[] = [];
  readonly #statuses: RouteStatuses;

  constructor(peer: RunningPeer, statuses: RouteStatuses) {
    this.peer = peer;
    this.#statuses = statuses;
  }

  get pids(): number[] {
    return withChildren(this.peer.processes());
  }

  /** CPU time of all threads since its start, in milliseconds. */
  get cpuMs(): number {
    return cpuMs(this.pids);
  }

  get memory(): Memory {
    return memory(this.pids);
  }

  async tap(gateway: GatewayName = gatewayName, versions?: Versions): Promise<RunningTap> {
    const tap = tapOf(await this.peer.tap(gateway), versions);
    this.#taps.push(tap);
    return tap;
  }

  /** A tap that has everything, and finds changes. */
  async watched(gateway?: GatewayName): Promise<{ readonly tap: RunningTap; readonly arrivals: Arrivals }> {
    const tap = await this.tap(gateway);
    const arrivals = new Arrivals(tap);
    await this.settled(tap);
    return { tap, arrivals };
  }

  /**
   * Resolves when the tap has everything, the routes have their statuses, and the control plane has had nearly nothing to
   * do for some time; to the time since when. One that writes few statuses a second is idle between two.
   */
  async settled(tap?: RunningTap): Promise<number> {
    const end = performance.now() + settleMs;
    let fewest = Infinity;
    for (let stalled = 0; ; stalled++) {
      const quietSince = await this.#quiet(tap, end);
      const missing = await this.#statuses.missing();
      if (missing < fewest) stalled = 0;
      fewest = Math.min(fewest, missing);
      // A route that no Gateway has gets no status.
      if (missing === 0 || stalled === stalledRounds) return quietSince;
    }
  }

  async #quiet(tap: RunningTap | undefined, end: number): Promise<number> {
    let quiet = 0;
    let quietSince = performance.now();
    let before = this.cpuMs;
    const hasAll = (): boolean => tap?.isComplete !== false;
    while (quiet < quietPeriods || !hasAll()) {
      if (performance.now() > end) throw new Error(`not at rest within ${settleMs / 1000} s`);
      await sleep(periodMs);
      const now = this.cpuMs;
      const isQuiet = now - before <= periodMs * idleShare;
      quiet = isQuiet ? quiet + 1 : 0;
      if (!isQuiet) quietSince = performance.now();
      before = now;
    }
    return quietSince;
  }

  async stop(): Promise<void> {
    for (const tap of this.#taps.splice(0)) tap.close();
    await this.peer.stop();
  }
}

/** A control plane that has been idle for 1.5 s has no change left: all windows and intervals of peers are shorter. */
const periodMs = 250;
const quietPeriods = 6;
/** Watches, leases and garbage collection use about as much. */
const idleShare = 0.1;
/** Rounds of 1.5 s without a further status. */
const stalledRounds = 4;
const settleMs = 900_000;
