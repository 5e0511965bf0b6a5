import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { identityOf, record } from '../kinds/identity.ts';
import { observedStatus, type ObservedStatus } from '../kinds/observed-status.ts';
import type { Problem, Row, RowChange } from '../kinds/row.ts';
import { Fault } from './fault.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import type { ObjectEvent } from './watch-event.ts';
import type { WatchedResource } from './watched-resource.ts';

/** An object of which a part cannot be read. What can be read is in force, and translation says what becomes of it. */
export interface UnreadableObject {
  readonly key: ResourceKey;
  readonly resourceVersion: string;
  readonly problems: readonly [Problem, ...Problem[]];
}

/** The state of one object of the cluster, as far as it was told. */
interface Known {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly row: Row;
  /** The parts of this version that cannot be read. */
  readonly problems: readonly Problem[];
}

/** Whom a KindRows tells. None of the callbacks may throw. */
export interface KindRowsPorts {
  readonly onUnreadable: (object: UnreadableObject) => void;
  /** Called for a kind whose status Sluice writes, with the object's present status; undefined: it was deleted. */
  readonly onObserved?: ((key: ResourceKey, observed: ObservedStatus | undefined) => void) | undefined;
}

/**
 * The rows of one kind as the API server has them, and what each answer of it changes. A row equal to the one in force
 * is no change. Objects that cannot be identified throw a `garbled` fault: no API server sends any.
 */
export class KindRows {
  readonly #resource: WatchedResource;
  readonly #ports: KindRowsPorts;
  #known = new Map<ResourceKey, Known>();
  /** Objects of a list that is not complete yet, which is believed as a whole or not at all. */
  #listed: Map<ResourceKey, Known> | undefined;
  /** Changes that are reported at the end of the list. */
  readonly #listedStatus = new Map<ResourceKey, ObservedStatus>();
  /** Versions that were told to be unreadable: a list that fails and is asked for again tells nothing twice. */
  readonly #told = new Map<ResourceKey, string>();

  constructor(resource: WatchedResource, ports: KindRowsPorts) {
    this.#resource = resource;
    this.#ports = ports;
  }

  get size(): number {
    return this.#known.size;
  }

  *problems(): Generator<{ readonly key: ResourceKey; readonly problem: Problem }> {
    for (const [key, { problems }] of this.#known) for (const problem of problems) yield { key, problem };
  }

  /** Returns true for an event that repeats what is known, as one that comes twice. */
  isOldNews({ kind, object }: ObjectEvent): boolean {
    const { key, resourceVersion } = this.#identify(object);
    const known = this.#known.get(key);
    if (known === undefined) return kind === 'delete';
    return (compareVersions(resourceVersion, known.resourceVersion) ?? 1) <= 0;
  }

  /** The object is now this; returns what changes by it. */
  put(object: unknown): RowChange | undefined {
    const identity = this.#identify(object);
    const before = this.#known.get(identity.key);
    const after = this.#read(object, identity, before);
    this.#known.set(identity.key, after);
    const observed = this.#statusOf(object);
    if (observed !== undefined) this.#ports.onObserved?.(identity.key, observed);
    return difference(identity.key, before, after);
  }

  /** The object is gone; returns what changes by it. */
  delete(object: unknown): RowChange | undefined {
    const { key } = this.#identify(object);
    const before = this.#known.get(key);
    this.#known.delete(key);
    this.#told.delete(key);
    this.#tellGone(key);
    return difference(key, before, undefined);
  }

  /** A list begins; one that was begun before and not ended is forgotten. */
  beginList(): void {
    this.#listed = new Map();
    this.#listedStatus.clear();
  }

  /** One object of the list; nothing changes before its end. */
  list(object: unknown): void {
    const identity = this.#identify(object);
    const before = this.#listed?.get(identity.key) ?? this.#known.get(identity.key);
    this.#listed?.set(identity.key, this.#read(object, identity, before));
    const isNews = this.#known.get(identity.key)?.resourceVersion !== identity.resourceVersion;
    const observed = isNews ? this.#statusOf(object) : undefined;
    if (observed !== undefined) this.#listedStatus.set(identity.key, observed);
  }

  /** An object that was deleted while the list was under way. */
  unlist(object: unknown): void {
    const { key } = this.#identify(object);
    this.#listed?.delete(key);
    this.#listedStatus.delete(key);
  }

  /** The list was complete: what is not in it does not exist. Returns all changes, deletions last. */
  endList(): RowChange[] {
    const before = this.#known;
    const after = this.#listed ?? new Map<ResourceKey, Known>();
    this.#known = after;
    this.#listed = undefined;
    const changes: RowChange[] = [];
    for (const [key, known] of after) {
      const change = difference(key, before.get(key), known);
      if (change !== undefined) changes.push(change);
    }
    for (const key of before.keys()) {
      if (after.has(key)) continue;
      this.#tellGone(key);
      changes.push({ kind: 'delete', key });
    }
    for (const [key, observed] of this.#listedStatus) this.#ports.onObserved?.(key, observed);
    this.#listedStatus.clear();
    for (const key of this.#told.keys()) if (!after.has(key)) this.#told.delete(key);
    return changes;
  }

  /** The list came to no end. */
  dropList(): void {
    this.#listed = undefined;
    this.#listedStatus.clear();
  }

  #statusOf(object: unknown): ObservedStatus | undefined {
    return this.#resource.status !== undefined && this.#ports.onObserved !== undefined
      ? observedStatus(object)
      : undefined;
  }

  #tellGone(key: ResourceKey): void {
    if (this.#resource.status !== undefined) this.#ports.onObserved?.(key, undefined);
  }

  #identify(object: unknown): Identified {
    const { kind, scope } = this.#resource;
    const manifest = record(object);
    const metadata = record(manifest?.['metadata']);
    const resourceVersion = metadata?.['resourceVersion'];
    const found = manifest === undefined ? undefined : identityOf(manifest, scope);
    const isOther = manifest?.['kind'] !== undefined && manifest['kind'] !== kind;
    if (found?.kind !== 'ok' || isOther || typeof resourceVersion !== 'string' || resourceVersion === '')
      throw new Fault('garbled', `the API server sent an object that is no ${kind}`);
    const { namespace, name } = found.identity;
    const uid = metadata?.['uid'];
    return {
      key: resourceKey(kind, namespace, name),
      uid: typeof uid === 'string' ? uid : '',
      resourceVersion,
    };
  }

  #read(object: unknown, { key, uid, resourceVersion }: Identified, known: Known | undefined): Known {
    // An object of the same name may be another one: nothing of the old one is in force for it.
    const before = known?.uid === uid ? known : undefined;
    if (before?.resourceVersion === resourceVersion) return before;
    const parsed = this.#resource.parse(object);
    // Its name was good enough for `#identify`, and more is not needed for a row.
    if (parsed.kind === 'invalid') throw new Fault('garbled', `a ${this.#resource.kind} without a row`);
    const { problems: [first, ...rest] = [] } = parsed;
    if (first === undefined) this.#told.delete(key);
    else if (this.#told.get(key) !== resourceVersion) {
      this.#ports.onUnreadable({ key, resourceVersion, problems: [first, ...rest] });
      this.#told.set(key, resourceVersion);
    }
    const row = before !== undefined && equal(before.row, parsed.row) ? before.row : parsed.row;
    return { uid, resourceVersion, row, problems: parsed.problems ?? [] };
  }
}

interface Identified {
  readonly key: ResourceKey;
  readonly uid: string;
  readonly resourceVersion: string;
}

function difference(
  key: ResourceKey,
  before: Known | undefined,
  after: Known | undefined,
): RowChange | undefined {
  if (after === undefined) return before === undefined ? undefined : { kind: 'delete', key };
  const same = before !== undefined && equal(before.row, after.row);
  return same ? undefined : { kind: 'put', row: after.row };
}

function equal(a: Row, b: Row): boolean {
  return a === b || Buffer.compare(a.bytes, b.bytes) === 0;
}
