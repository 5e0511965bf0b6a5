import type { BehindReason } from './proxy-state.ts';
import type { Removal } from './pending-removals.ts';
import type { ViewResource } from '../publish/view-resource.ts';

export interface GateOptions {
  /** Deadline of every hold. After it what is ready goes, and the reason is counted. */
  readonly holdMs: number;
  /** How long a resource stays after its last use, for requests that are under way. */
  readonly drainMs: number;
}

/** Listeners and routes as they were at one epoch. */
export interface UsesSnapshot {
  readonly epoch: number;
  readonly heldAt: number;
  /** By type URL and name. */
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, ViewResource | undefined>>;
}

/**
 * Make before break, for one stream. What uses a cluster or a plugin (a Listener, a RouteConfiguration) goes once the
 * client has ACKed those of the same epoch, which Envoy does when they are warm; a cluster is removed once the client has
 * ACKed listeners and routes of the epoch that had no more use for it.
 *
 * Clusters may be added faster than a client warms them. So that its routes do not wait without end, they are held as they
 * were at one epoch and go when that epoch's clusters are there, newer ones following in the same way.
 */
export class PublishGate {
  readonly #options: GateOptions;
  #held: UsesSnapshot | undefined;
  /** The newest epoch whose clusters the client has. */
  #clustersAt = 0;
  /** The newest epoch whose plugins the client has. */
  #pluginsAt = 0;
  /** The newest epoch whose listeners and routes the client has. */
  #usesAt = 0;
  /** The newest epoch whose listeners and routes have been sent, whole. */
  #usesSent = 0;
  #progressAt = 0;
  #usesRejected = false;
  #stamp = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * The client rejects a listener or route as the view has it, so it goes on using what the last good one names: nothing
   * is removed.
   */
  get usesRejected(): boolean {
    return this.#usesRejected;
  }

  set usesRejected(isRejected: boolean) {
    if (this.#usesRejected !== isRejected) this.#stamp++;
    this.#usesRejected = isRejected;
  }

  /** Another number whenever `removableAt` may answer otherwise. */
  get stamp(): number {
    return this.#stamp;
  }

  get held(): UsesSnapshot | undefined {
    return this.#held;
  }

  /** When what is held goes although its clusters are missing; undefined when it waits for none. */
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

  /** All that was sent has been ACKed. */
  usesAnswered(): void {
    this.usesAre(this.#usesSent);
  }

  /**
   * Decides how listeners and routes may go: as the view has them (`now`), as they were held, or not yet. `overdue`: they go
   * although clusters are missing.
   */
  uses(epoch: number, now: number): { readonly kind: 'now' | 'held' | 'wait'; readonly overdue: boolean } {
    if (this.#readyAt >= epoch) return { kind: 'now', overdue: false };
    if (this.#held === undefined) return { kind: 'wait', overdue: false };
    if (this.#readyAt >= this.#held.epoch) return { kind: 'held', overdue: false };
    if (now - Math.max(this.#held.heldAt, this.#progressAt) >= this.#options.holdMs) {
      return { kind: 'held', overdue: true };
    }
    return { kind: 'wait', overdue: false };
  }

  /** The newest epoch of which the client has all that listeners and routes use. */
  get #readyAt(): number {
    return Math.min(this.#clustersAt, this.#pluginsAt);
  }

  hold(snapshot: UsesSnapshot): void {
    this.#held = snapshot;
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** True when a resource that the view has no more may be taken from the client. */
  mayRemove(removal: Removal, now: number): boolean {
    return now >= this.removableAt(removal, now);
  }

  /** The reason for which a resource that the view has no more is still with the client; undefined: it may be removed. */
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

  /** Milliseconds until something may go with nothing else happening; `removalAt` is when the first removal may. */
  recheckAfter(removalAt: number, now: number): number | undefined {
    const { holdMs } = this.#options;
    const held = this.#held === undefined ? Infinity : Math.max(this.#held.heldAt, this.#progressAt) + holdMs;
    const due = Math.min(held, removalAt);
    return due === Infinity ? undefined : Math.max(0, due - now);
  }

  /**
   * When a resource that the view has no more may be taken from the client; Infinity: not by the time alone. A client reads
   * its stream in order, so what is removed after new routes were sent is removed after it has them; only for
   * routes that have not even been sent is there no deadline.
   */
  removableAt(removal: Removal, now: number): number {
    if (this.usesRejected) return Infinity;
    if (removal.unusedAt === undefined && this.#usesAt >= removal.epoch) removal.unusedAt = now;
    const { holdMs, drainMs } = this.#options;
    if (removal.unusedAt !== undefined) return removal.unusedAt + drainMs;
    return this.#usesSent >= removal.epoch ? removal.notedAt + holdMs + drainMs : Infinity;
  }
}
