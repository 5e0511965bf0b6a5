import { contentHash } from '../lib/hash.ts';
import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { identityOf, record } from '../kinds/identity.ts';
import { observedStatus, type ObservedStatus } from '../kinds/observed-status.ts';
import type { Problem, Row, RowChange } from '../kinds/row.ts';
import { Fault } from './fault.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import type { ObjectEvent } from './watch-event.ts';
import type { WatchedResource } from './watched-resource.ts';

/** An object with parts that cannot be read. The other parts are in force. */
export interface UnreadableObject {
  readonly key: ResourceKey;
  readonly resourceVersion: string;
  readonly problems: readonly [Problem, ...Problem[]];
}

interface Known {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Hash of all that the row is made of; undefined for a kind whose status Sluice does not write. */
  readonly content: string | undefined;
  readonly row: Row;
  readonly problems: readonly Problem[];
}

/** Callbacks of a KindRows. None may throw. */
export interface KindRowsPorts {
  readonly onUnreadable: (object: UnreadableObject) => void;
  /** Called for a kind whose status Sluice writes, with the present status; undefined after a deletion. */
  readonly onObserved?: ((key: ResourceKey, observed: ObservedStatus | undefined) => void) | undefined;
}

/**
 * Holds the rows of one kind as the API server has them, and computes what each answer changes. An equal row is no
 * change. An object without identity throws a `garbled` fault: no API server sends any.
 */
export class KindRows {
  readonly #resource: WatchedResource;
  readonly #ports: KindRowsPorts;
  #known = new Map<ResourceKey, Known>();
  #listed: Map<ResourceKey, Known> | undefined;
  readonly #listedStatus = new Map<ResourceKey, ObservedStatus>();
  /** Versions reported as unreadable: a list that fails and is repeated must not report them again. */
  readonly #reported = new Map<ResourceKey, string>();

  constructor(resource: WatchedResource, ports: KindRowsPorts) {
    this.#resource = resource;
    this.#ports = ports;
  }

  get size(): number {
    return this.#known.size;
  }

  uidOf(key: ResourceKey): string | undefined {
    return this.#known.get(key)?.uid;
  }

  *problems(): Generator<{ readonly key: ResourceKey; readonly problem: Problem }> {
    for (const [key, { problems }] of this.#known) for (const problem of problems) yield { key, problem };
  }

  isOldNews({ kind, object }: ObjectEvent): boolean {
    const { key, resourceVersion } = this.#identify(object);
    const known = this.#known.get(key);
    if (known === undefined) return kind === 'delete';
    return (compareVersions(resourceVersion, known.resourceVersion) ?? 1) <= 0;
  }

  put(object: unknown): RowChange | undefined {
    const identity = this.#identify(object);
    const before = this.#known.get(identity.key);
    const after = this.#read(object, identity, before);
    this.#known.set(identity.key, after);
    const observed = this.#statusOf(object);
    if (observed !== undefined) this.#ports.onObserved?.(identity.key, observed);
    return difference(identity.key, before, after);
  }

  delete(object: unknown): RowChange | undefined {
    const { key } = this.#identify(object);
    const before = this.#known.get(key);
    this.#known.delete(key);
    this.#reported.delete(key);
    this.#reportDeletion(key);
    return difference(key, before, undefined);
  }

  beginList(): void {
    this.#listed = new Map();
    this.#listedStatus.clear();
  }

  /** Adds an object to the list; nothing changes before the list ends. */
  list(object: unknown): void {
    const identity = this.#identify(object);
    const before = this.#listed?.get(identity.key) ?? this.#known.get(identity.key);
    this.#listed?.set(identity.key, this.#read(object, identity, before));
    const isNews = this.#known.get(identity.key)?.resourceVersion !== identity.resourceVersion;
    const observed = isNews ? this.#statusOf(object) : undefined;
    if (observed !== undefined) this.#listedStatus.set(identity.key, observed);
  }

  unlist(object: unknown): void {
    const { key } = this.#identify(object);
    this.#listed?.delete(key);
    this.#listedStatus.delete(key);
  }

  /** Ends a complete list: objects that are not in it do not exist. Returns all changes, deletions last. */
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
      this.#reportDeletion(key);
      changes.push({ kind: 'delete', key });
    }
    for (const [key, observed] of this.#listedStatus) this.#ports.onObserved?.(key, observed);
    this.#listedStatus.clear();
    for (const key of this.#reported.keys()) if (!after.has(key)) this.#reported.delete(key);
    return changes;
  }

  dropList(): void {
    this.#listed = undefined;
    this.#listedStatus.clear();
  }

  #statusOf(object: unknown): ObservedStatus | undefined {
    return this.#resource.status !== undefined && this.#ports.onObserved !== undefined
      ? observedStatus(object)
      : undefined;
  }

  #reportDeletion(key: ResourceKey): void {
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
    // Another uid is another object of the same name: nothing of the old one applies.
    const before = known?.uid === uid ? known : undefined;
    if (before?.resourceVersion === resourceVersion) return before;
    const content = this.#resource.status === undefined ? undefined : contentOf(object);
    if (before !== undefined && content !== undefined && content === before.content)
      return { ...before, resourceVersion };
    const parsed = this.#resource.parse(object);
    if (parsed.kind === 'invalid') throw new Fault('garbled', `a ${this.#resource.kind} without a row`);
    const { problems: [first, ...rest] = [] } = parsed;
    if (first === undefined) this.#reported.delete(key);
    else if (this.#reported.get(key) !== resourceVersion) {
      this.#ports.onUnreadable({ key, resourceVersion, problems: [first, ...rest] });
      this.#reported.set(key, resourceVersion);
    }
    const row = before !== undefined && equal(before.row, parsed.row) ? before.row : parsed.row;
    return { uid, resourceVersion, content, row, problems: parsed.problems ?? [] };
  }
}

interface Identified {
  readonly key: ResourceKey;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Hashes an object without its status and the API server's records of each write. The event of a status write, one for
 * each object that Sluice reports on, then costs a tenth of what the schema of the kind costs.
 */
function contentOf(object: unknown): string {
  const { metadata, status: _status, ...others } = record(object) ?? {};
  const { managedFields: _managedFields, resourceVersion: _version, ...named } = record(metadata) ?? {};
  return contentHash(JSON.stringify([named, others]));
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
