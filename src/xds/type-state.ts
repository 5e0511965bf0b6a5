import { AckedVersions } from './acked-versions.ts';
import { PendingRemovals, type Removal } from './pending-removals.ts';
import { Rejections } from './rejections.ts';
import { Subscription } from './subscription.ts';
import { rulesOf, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { sizeOf, type ViewResource } from '../publish/view-resource.ts';

/** A response that is neither ACKed nor NACKed yet. */
export interface InFlight {
  readonly nonce: string;
  readonly sentAt: number;
  /** When the first of these changes reached Sluice. */
  readonly since: number;
  /** Version by name; undefined for a removal. */
  readonly versions: ReadonlyMap<string, string | undefined>;
  readonly epoch: number;
  /** Nothing else was due when it was sent, so its ACK means that the client is at `epoch`. */
  readonly complete: boolean;
}

export interface Contents {
  readonly resources: readonly ViewResource[];
  readonly removed: readonly string[];
  /** False when limits left something for the next response. */
  readonly complete: boolean;
  /** A name that was due is gone, and the client has never had it. */
  readonly skipped: boolean;
}

/** Resources of a type that a client is to have. */
export interface Wanted {
  get(name: string): ViewResource | undefined;
  clientKeeps(name: string): boolean;
}

/** Says what may be taken from a client. */
export interface MayRemove {
  /** False: none may. O(1) unless something has changed. */
  removeAny(): boolean;
  remove(name: string, removal: Removal): boolean;
}

/** One type on one stream: what the client asked for, what it has, what it has yet to get. All of it dies with the stream. */
export class TypeState {
  readonly subscription = new Subscription();
  readonly #answersMissing: boolean;
  /** Names in the last response that were sent whatever the client had. */
  readonly #sentForced = new Set<string>();
  /** Versions that the client has ACKed, or said to have when it connected. */
  readonly acked: AckedVersions;
  /** Names to be compared with the view. A set, so that newer state replaces older in it. */
  readonly due = new Set<string>();
  /** Names to be sent even if the client has that version. */
  readonly forced = new Set<string>();
  readonly removals = new PendingRemovals();
  readonly rejected: Rejections;
  /** Parts of a rejected response, each to be sent apart from the others. */
  readonly retries: (readonly string[])[] = [];
  inFlight: InFlight | undefined;
  /** When the oldest change among `due` reached Sluice; undefined when there is none, as after a subscription. */
  dueSince: number | undefined;
  /** The client's first request for `*` is answered even when there is nothing to send. */
  answerDue = false;

  /** `published` is the version of a name in the view as it was last published. */
  constructor(type: TypeUrl, published: (name: string) => string | undefined) {
    this.acked = new AckedVersions({ published, covers: (name) => this.subscription.wants(name) });
    this.rejected = new Rejections(published);
    this.#answersMissing = rulesOf(type).missing === 'said';
  }

  get settled(): boolean {
    return this.inFlight === undefined && this.due.size === 0 && this.retries.length === 0;
  }

  /** When the oldest change reached Sluice that the client has not answered; undefined when there is none. */
  get oldest(): number | undefined {
    const due = this.due.size > 0 ? this.dueSince : undefined;
    return this.inFlight === undefined ? due : Math.min(this.inFlight.since, due ?? Infinity);
  }

  /** Marks a name that has to be sent whatever the client has. */
  force(name: string): void {
    this.forced.add(name);
    this.due.add(name);
  }

  /**
   * The client rejected a response. Envoy says which name it rejected only in prose, and may have taken others of the same
   * response: each half goes again by itself, until the rejected one stands alone.
   */
  noteRejected(versions: ReadonlyMap<string, string | undefined>, message: string, since: number): void {
    const names = [...versions.keys()];
    if (names.length === 1) {
      for (const [name, version] of versions) {
        if (version !== undefined) this.rejected.set(name, { version, message, since });
        // It came for a user that is new, and that has nothing then, not even what the client had before.
        if (this.#sentForced.has(name)) this.forced.add(name);
      }
      return;
    }
    const half = Math.ceil(names.length / 2);
    for (const part of [names.slice(0, half), names.slice(half)]) this.retries.push(part);
    for (const name of names) this.forced.add(name);
  }

  /** True for a name that the client has, or may have, as it was sent. */
  mayHave(name: string): boolean {
    return this.acked.has(name) || this.inFlight?.versions.get(name) !== undefined;
  }

  /** True when the client may have a name that does not exist. O(what it has not as it should be). */
  hasLost(lookup: (name: string) => ViewResource | undefined): boolean {
    for (const [name, { version }] of this.acked.differences())
      if (version !== undefined && lookup(name) === undefined) return true;
    for (const [name, version] of this.inFlight?.versions ?? [])
      if (version !== undefined && lookup(name) === undefined) return true;
    return false;
  }

  /** Forgets a name that the client has let go of. */
  forget(name: string): void {
    this.acked.forget(name);
    this.removals.delete(name);
    this.forced.delete(name);
    this.rejected.delete(name);
  }

  /**
   * Takes what is to be sent now. `wanted.get` gives the wanted resource; `wanted.clientKeeps` says of a missing one that
   * the client may keep what it has; `may` which ones may be taken from the client yet.
   */
  take(
    wanted: Wanted,
    may: MayRemove,
    now: { readonly epoch: number; readonly time: number },
    limits: { readonly maxResources: number; readonly maxBytes: number },
  ): Contents {
    const resources: ViewResource[] = [];
    const removed: string[] = [];
    let bytes = 0;
    let skipped = false;
    this.#sentForced.clear();
    // A part of which nothing is left to be sent must not keep the next one waiting: no answer would come for it.
    do {
      for (const name of this.retries.shift() ?? this.due) {
        const resource = this.subscription.wants(name) ? wanted.get(name) : undefined;
        if (resource === undefined) {
          skipped ||= !this.acked.has(name);
          if (!wanted.clientKeeps(name)) this.#noteMissing(name, now, removed);
        } else if (this.#mustSend(name, resource)) {
          const full =
            resources.length >= limits.maxResources ||
            (resources.length > 0 && bytes + sizeOf(resource) > limits.maxBytes);
          // Of a part, too, what is left is due, since only a change can have made the part too large.
          if (full) return { resources, removed, complete: false, skipped };
          bytes += sizeOf(resource);
          resources.push(resource);
          if (this.forced.has(name)) this.#sentForced.add(name);
        }
        if (resource !== undefined) this.removals.delete(name);
        this.due.delete(name);
        // What the client waits for and the view has not, or not in a version that it takes, is sent when the view has it
        // again, be it the same.
        const isSendable = resource !== undefined && !this.#isRejected(name, resource);
        if (isSendable || !this.acked.has(name)) this.forced.delete(name);
      }
      // In the loop: a part that comes to a removal must not go with the next one, or both are rejected together, again and again.
      if (may.removeAny()) {
        for (const [name, removal] of this.removals) {
          if (!may.remove(name, removal)) continue;
          this.removals.delete(name);
          removed.push(name);
        }
      }
    } while (this.retries.length > 0 && resources.length === 0 && removed.length === 0);
    const complete = this.due.size === 0 && this.retries.length === 0;
    return { resources, removed, complete, skipped };
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
    removed: string[],
  ): void {
    // If it comes again it is another one, even with the same bytes: what was rejected about it may be mended.
    this.rejected.delete(name);
    if (!this.subscription.wants(name)) {
      this.removals.delete(name);
      return;
    }
    if (this.acked.has(name)) {
      if (!this.removals.has(name)) {
        this.removals.set(name, { epoch: now.epoch, notedAt: now.time, unusedAt: undefined });
      }
    } else if (this.#answersMissing && this.forced.has(name)) removed.push(name);
  }
}

/** All of a type as the view has it. */
export function wantedOf(type: TypeUrl, view: View): Wanted {
  return { get: (name) => view.get(type, name), clientKeeps: (name) => view.clientKeeps(type, name) };
}
