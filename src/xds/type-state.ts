import { joined, type Origin } from '../lib/origin.ts';
import { AckedVersions } from './acked-versions.ts';
import { DueNames } from './due-names.ts';
import { PendingRemovals, type Removal } from './pending-removals.ts';
import { Rejections } from './rejections.ts';
import { Subscription } from './subscription.ts';
import { rulesOf, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { sizeOf, type ViewResource } from '../publish/view-resource.ts';

export interface InFlight {
  readonly nonce: string;
  readonly sentAt: number;
  readonly origin: Origin;
  readonly push: Push;
  readonly versions: ReadonlyMap<string, string | undefined>;
  readonly epoch: number;
  /** True when nothing else was due, so that the ACK means that the client is at `epoch`. */
  readonly complete: boolean;
}

/** Cause of a response: `first` of its type on the stream; a `change`; or names that the client has `asked` for. */
export type Push = 'asked' | 'change' | 'first';

export interface Contents {
  readonly resources: readonly ViewResource[];
  readonly removed: readonly string[];
  readonly complete: boolean;
  /** True when a due name was removed before the client had it. */
  readonly skipped: boolean;
}

export interface Wanted {
  get(name: string): ViewResource | undefined;
  clientKeeps(name: string): boolean;
}

export interface Turn {
  /** True: others wait, see {@link InternalFirst}. */
  readonly onlyInternal: boolean;
  /** True when the client has no user of what is missing, and no request under way to it. */
  readonly isUnused: boolean;
  /** False: no removal may go. O(1) without a change. */
  removeAny(): boolean;
  remove(name: string, removal: Removal): boolean;
}

/** State of one type on one stream. It ends with the stream. */
export class TypeState {
  readonly subscription = new Subscription();
  readonly #answersMissing: boolean;
  readonly #sentForced = new Set<string>();
  /** Versions that the client has ACKed, or had when it connected. */
  readonly acked: AckedVersions;
  readonly due = new DueNames();
  readonly forced = new Set<string>();
  /** Names to be said to be removed, which the client may name though it has no use for them. */
  readonly said = new Set<string>();
  readonly removals = new PendingRemovals();
  readonly rejected: Rejections;
  /** Parts of a rejected response, each to be sent alone. */
  readonly retries: (readonly string[])[] = [];
  inFlight: InFlight | undefined;
  /** Origin of the oldest change in `due`; undefined: none, as after a subscription. */
  dueOrigin: Origin | undefined;
  /** True until nothing is left to send of what the client first asked for. */
  isFirst = true;
  /** True until the first request for `*` is answered, which happens even without resources. */
  answerDue = false;

  /** `isPossible`: the client can have the resource. */
  constructor(
    type: TypeUrl,
    published: (name: string) => string | undefined,
    isPossible: (name: string) => boolean = () => true,
  ) {
    this.acked = new AckedVersions({
      published: (name) => (isPossible(name) ? published(name) : undefined),
      covers: (name) => this.subscription.wants(name) && isPossible(name),
    });
    this.rejected = new Rejections(published);
    this.#answersMissing = rulesOf(type).missing === 'said';
  }

  get settled(): boolean {
    return (
      this.inFlight === undefined && this.due.size === 0 && this.retries.length === 0 && this.said.size === 0
    );
  }

  get oldest(): number | undefined {
    const due = this.due.size > 0 ? this.dueOrigin?.changed : undefined;
    return this.inFlight === undefined ? due : Math.min(this.inFlight.origin.changed, due ?? Infinity);
  }

  get push(): Push {
    if (this.isFirst) return 'first';
    return this.dueOrigin === undefined ? 'asked' : 'change';
  }

  /** `isOfType`: resources of the type have changed. */
  noteOrigin(origin: Origin, isOfType: boolean): void {
    if (this.due.size > 0 && (isOfType || this.dueOrigin === undefined))
      this.dueOrigin = joined(this.dueOrigin, origin);
  }

  force(name: string): void {
    this.forced.add(name);
    this.due.add(name);
  }

  /** Halves a rejected response until one resource stands alone: Envoy names the bad one in prose alone. */
  noteRejected(versions: ReadonlyMap<string, string | undefined>, message: string, since: number): void {
    const names = [...versions.keys()];
    if (names.length === 1) {
      for (const [name, version] of versions) {
        if (version !== undefined) this.rejected.set(name, { version, message, since });
        // It was sent for a new user, which has nothing then, not even the version before.
        if (this.#sentForced.has(name)) this.forced.add(name);
      }
      return;
    }
    const half = Math.ceil(names.length / 2);
    for (const part of [names.slice(0, half), names.slice(half)]) this.retries.push(part);
    for (const name of names) this.forced.add(name);
  }

  mayHave(name: string): boolean {
    return this.acked.has(name) || this.inFlight?.versions.get(name) !== undefined;
  }

  /** True when the client may have a name that does not exist. O(differences). */
  hasLost(lookup: (name: string) => ViewResource | undefined): boolean {
    for (const [name, { version }] of this.acked.differences())
      if (version !== undefined && lookup(name) === undefined) return true;
    for (const [name, version] of this.inFlight?.versions ?? [])
      if (version !== undefined && lookup(name) === undefined) return true;
    return false;
  }

  forget(name: string): void {
    this.acked.forget(name);
    this.removals.delete(name);
    this.forced.delete(name);
    this.rejected.delete(name);
  }

  /** Takes the next response. `wanted.clientKeeps`: a missing resource may stay. */
  take(
    wanted: Wanted,
    turn: Turn,
    now: { readonly epoch: number; readonly time: number },
    limits: { readonly maxResources: number; readonly maxBytes: number },
  ): Contents {
    const resources: ViewResource[] = [];
    const removed: string[] = [];
    let bytes = 0;
    let skipped = false;
    this.#sentForced.clear();
    // A part with nothing to send must not delay the next one: no answer would come for it.
    do {
      for (const name of this.retries.shift() ?? (turn.onlyInternal ? this.due.internal : this.due)) {
        const resource = this.subscription.wants(name) ? wanted.get(name) : undefined;
        if (resource === undefined) {
          skipped ||= !this.acked.has(name);
          if (!wanted.clientKeeps(name)) this.#noteMissing(name, now, turn, removed);
        } else if (this.#mustSend(name, resource)) {
          const full =
            resources.length >= limits.maxResources ||
            (resources.length > 0 && bytes + sizeOf(resource) > limits.maxBytes);
          // Also for a part: only a change can have made it too large, so its rest is due.
          if (full) return { resources, removed, complete: false, skipped };
          bytes += sizeOf(resource);
          resources.push(resource);
          if (this.forced.has(name)) this.#sentForced.add(name);
        }
        if (resource !== undefined) this.removals.delete(name);
        this.due.delete(name);
        // Keep a requested name forced while the view lacks it, or the client rejects it, so that it is sent when it
        // returns, even at the same version.
        const isSendable = resource !== undefined && !this.#isRejected(name, resource);
        if (isSendable || !this.acked.has(name)) this.forced.delete(name);
      }
      // In the loop: a part with a removal must not go with the next one, or both are rejected together, again and
      // again.
      if (turn.removeAny()) {
        for (const [name, removal] of this.removals) {
          if (!turn.remove(name, removal)) continue;
          this.removals.delete(name);
          removed.push(name);
        }
      }
      this.#takeSaid(resources, removed);
    } while (this.retries.length > 0 && resources.length === 0 && removed.length === 0);
    const complete = this.due.size === 0 && this.retries.length === 0;
    return { resources, removed, complete, skipped };
  }

  #takeSaid(resources: readonly ViewResource[], removed: string[]): void {
    if (this.said.size === 0) return;
    const named = new Set([...resources.map(({ name }) => name), ...removed]);
    removed.push(...this.said.difference(named));
    this.said.clear();
  }

  #isRejected(name: string, { version }: ViewResource): boolean {
    return this.rejected.get(name)?.version === version;
  }

  #mustSend(name: string, resource: ViewResource): boolean {
    if (this.#isRejected(name, resource)) return false;
    return this.forced.has(name) || this.acked.get(name) !== resource.version;
  }

  #noteMissing(
    name: string,
    now: { readonly epoch: number; readonly time: number },
    turn: Pick<Turn, 'isUnused'>,
    removed: string[],
  ): void {
    // A resource that returns is a new one, even with the same bytes: the cause of a rejection may be fixed.
    this.rejected.delete(name);
    if (!this.subscription.wants(name)) {
      this.removals.delete(name);
      return;
    }
    if (this.acked.has(name)) {
      if (!this.removals.has(name)) {
        const unusedAt = turn.isUnused ? -Infinity : undefined;
        this.removals.set(name, { epoch: now.epoch, notedAt: now.time, unusedAt });
      }
    } else if (this.#answersMissing && this.forced.has(name)) removed.push(name);
  }
}

export function wantedOf(type: TypeUrl, view: View): Wanted {
  return { get: (name) => view.get(type, name), clientKeeps: (name) => view.clientKeeps(type, name) };
}
