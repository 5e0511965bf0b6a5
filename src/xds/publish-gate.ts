import type { BehindReason } from './proxy-state.ts';
import type { Removal } from './pending-removals.ts';
import type { ViewResource } from '../publish/view-resource.ts';

export interface GateOptions {
  /** Deadline of a hold. After it resources go without the ACK, and the reason is counted. */
  readonly holdMs: number;
  /** Time that a resource stays after its last use, for requests under way. */
  readonly drainMs: number;
}

export interface UsesSnapshot {
  readonly epoch: number;
  readonly heldAt: number;
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, ViewResource | undefined>>;
}

/**
 * Make before break, for one stream. Listeners and routes go when the client has ACKed the clusters and plugins of
 * the same epoch, which Envoy does when they are warm. A cluster is removed when the client has ACKed the listeners
 * and routes of an epoch without it.
 *
 * Clusters may be added faster than a client warms them. So routes are held as of one epoch and go when that epoch's
 * clusters are there; later ones follow in the same way.
 */
export class PublishGate {
  readonly #options: GateOptions;
  #held: UsesSnapshot | undefined;
  #clustersAt = 0;
  #pluginsAt = 0;
  #usesAt = 0;
  /** Newest epoch with all listeners and routes sent. */
  #usesSent = 0;
  #progressAt = 0;
  #usesRejected = false;
  #stamp = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** True while the client rejects a listener or route: it keeps the old one, so nothing is removed. */
  get usesRejected(): boolean {
    return this.#usesRejected;
  }

  set usesRejected(isRejected: boolean) {
    if (this.#usesRejected !== isRejected) this.#stamp++;
    this.#usesRejected = isRejected;
  }

  /** Changes whenever `removableAt` may answer otherwise. */
  get stamp(): number {
    return this.#stamp;
  }

  get held(): UsesSnapshot | undefined {
    return this.#held;
  }

  /** Deadline of the hold; undefined: no cluster is missing. */
  get heldUntil(): number | undefined {
    if (this.#held === undefined || this.#readyAt >= this.#held.epoch) return undefined;
    return Math.max(this.#held.heldAt, this.#progressAt) + this.#options.holdMs;
  }

  clustersAre(epoch: number, now: number): void {
    this.#clustersAt = Math.max(this.#clustersAt, epoch);
    this.#progressAt = now;
  }

  pluginsAre(epoch: number): void {
    this.#pluginsAt = Math.max(this.#pluginsAt, epoch);
  }

  hasPlugins(epoch: number): boolean {
    return this.#pluginsAt >= epoch;
  }

  usesAre(epoch: number): void {
    if (epoch > this.#usesAt) this.#stamp++;
    this.#usesAt = Math.max(this.#usesAt, epoch);
  }

  usesSent(epoch: number): void {
    if (epoch > this.#usesSent) this.#stamp++;
    this.#usesSent = Math.max(this.#usesSent, epoch);
  }

  usesAnswered(): void {
    this.usesAre(this.#usesSent);
  }

  /** Decides how listeners and routes go: `now`, as `held`, or not yet. `overdue`: clusters are missing. */
  uses(epoch: number, now: number): { readonly kind: 'now' | 'held' | 'wait'; readonly overdue: boolean } {
    if (this.#readyAt >= epoch) return { kind: 'now', overdue: false };
    if (this.#held === undefined) return { kind: 'wait', overdue: false };
    if (this.#readyAt >= this.#held.epoch) return { kind: 'held', overdue: false };
    if (now - Math.max(this.#held.heldAt, this.#progressAt) >= this.#options.holdMs) {
      return { kind: 'held', overdue: true };
    }
    return { kind: 'wait', overdue: false };
  }

  /** Newest epoch whose clusters and plugins the client has. */
  get #readyAt(): number {
    return Math.min(this.#clustersAt, this.#pluginsAt);
  }

  hold(snapshot: UsesSnapshot): void {
    this.#held = snapshot;
  }

  letGo(): void {
    this.#held = undefined;
  }

  mayRemove(removal: Removal, now: number): boolean {
    return now >= this.removableAt(removal, now);
  }

  /** Returns the reason why a removal waits; undefined: it may go. */
  removalWait(
    removal: Removal,
    now: number,
  ): Extract<BehindReason, { readonly kind: 'in-use' | 'drain' }> | undefined {
    const { unusedAt, epoch, notedAt } = removal;
    const { holdMs, drainMs } = this.#options;
    if (this.usesRejected) return { kind: 'in-use', until: undefined };
    if (unusedAt !== undefined) {
      return now < unusedAt + drainMs ? { kind: 'drain', until: unusedAt + drainMs } : undefined;
    }
    return { kind: 'in-use', until: this.#usesSent >= epoch ? notedAt + holdMs + drainMs : undefined };
  }

  /** Returns the milliseconds until something may go by time alone; `removalAt` is the time of the first removal. */
  recheckAfter(removalAt: number, now: number): number | undefined {
    const { holdMs } = this.#options;
    const held = this.#held === undefined ? Infinity : Math.max(this.#held.heldAt, this.#progressAt) + holdMs;
    const due = Math.min(held, removalAt);
    return due === Infinity ? undefined : Math.max(0, due - now);
  }

  /**
   * Returns when a resource may be removed; Infinity: not by time alone. Removals behind new routes take effect after
   * these, so there is a deadline once routes have been sent.
   */
  removableAt(removal: Removal, now: number): number {
    if (this.usesRejected) return Infinity;
    if (removal.unusedAt === undefined && this.#usesAt >= removal.epoch) removal.unusedAt = now;
    const { holdMs, drainMs } = this.#options;
    if (removal.unusedAt !== undefined) return removal.unusedAt + drainMs;
    return this.#usesSent >= removal.epoch ? removal.notedAt + holdMs + drainMs : Infinity;
  }
}
