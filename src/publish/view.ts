import type { RouteFragment, UnitOutput, XdsResource } from '../batch/outcome.ts';
import type { SlotTable } from './filter-slot.ts';
import { FilterSlots } from './filter-slots.ts';
import type { Rejection, RejectedVersion } from './rejection.ts';
import { ResourceSet } from './resource-set.ts';
import { RouteTable } from './route-table.ts';
import { ViewChanges, type Changes } from './view-changes.ts';
import type { ViewResource } from './view-resource.ts';
import { usersByName } from './users-by-name.ts';
import { WeightedNames } from './weighted-names.ts';
import { isTypeUrl, rulesOf, typesThat, typeUrl, type TypeUrl } from './type-table.ts';

/** State that all views share. */
export interface SharedState {
  readonly committing: boolean;
  /** Bytes by their SHA-256; see `XdsResource.blob`. */
  readonly blob: (sha256: string) => Uint8Array | undefined;
}

/**
 * The resources of one Gateway, as every proxy of its fleet is to have them. Resources of shared units (a Cluster, a
 * Secret) are the same objects in every view.
 */
export class View {
  /** Counts publications. What a stream has been sent is compared with it, so a change can be waited for. */
  epoch = 0;
  readonly #shared: SharedState;
  readonly #resources: ReadonlyMap<TypeUrl, ResourceSet>;
  /** By type, until one of its resources changes: users of each resource that they name. */
  readonly #users = new Map<TypeUrl, ReadonlyMap<string, readonly string[]>>();
  readonly #tables = new WeightedNames<RouteTable>();
  readonly #slots: FilterSlots;
  /** Those that are rejected, or have a rejected part. */
  readonly #rejectedTables = new Set<RouteTable>();
  /** Tables that were empty when something was last taken from them. */
  readonly #emptied = new Set<string>();
  readonly #onTouched: (isEndpoint: boolean) => void;
  /** Undefined: not known since something was put, removed or judged. */
  #rejectsUses: boolean | undefined;
  /** Undefined: not known since a Listener changed, or which RouteConfigurations there are. */
  #lacksRoutes: boolean | undefined;
  /** Connected proxies whose rejections these are. */
  readonly #rejecters = new Set<object>();
  readonly #changes = new ViewChanges();

  /** `onTouched`: something may be different since the changes were last taken. */
  constructor(shared: SharedState, onTouched: (isEndpoint: boolean) => void = () => {}) {
    this.#shared = shared;
    this.#onTouched = onTouched;
    this.#slots = new FilterSlots(shared.blob, (name, before) => this.#mark(typeUrl.extension, name, before));
    const setOf = (type: TypeUrl): [TypeUrl, ResourceSet] => {
      const mark = (name: string, before: string | undefined): void => this.#mark(type, name, before);
      return [type, new ResourceSet(mark)];
    };
    this.#resources = new Map(typesThat(({ store }) => store === 'set').map(setOf));
  }

  /** While a wave is being committed in slices, only endpoints may be sent: anything else would be half of it. */
  get committing(): boolean {
    return this.#shared.committing;
  }

  get empty(): boolean {
    return (
      this.#tables.size + this.#slots.tables.size === 0 &&
      [...this.#resources.values()].every((all) => all.empty)
    );
  }

  get(type: TypeUrl, name: string): ViewResource | undefined {
    const table = this.#tableOf(type, name);
    return table === undefined ? this.#resources.get(type)?.get(name) : table.resource;
  }

  names(type: TypeUrl): Iterable<string> {
    const tables = this.#tablesOf(type);
    if (tables === undefined) return this.#resources.get(type)?.names() ?? [];
    return tables.values().flatMap(({ servedName }) => (servedName === undefined ? [] : [servedName]));
  }

  /** Weight of the names of a type at the time when there was most, since the Gateway is served. */
  mostNames(type: TypeUrl): number {
    return this.#tablesOf(type)?.peak ?? this.#resources.get(type)?.mostNames ?? 0;
  }

  /**
   * Names of resources of the type `user` that name this one. O(1), but for the first question after one of them has
   * changed, which looks at all: only a client that waits for what does not exist asks.
   */
  usersOf(user: TypeUrl, type: TypeUrl, name: string): readonly string[] {
    let users = this.#users.get(user);
    if (users === undefined) this.#users.set(user, (users = usersByName(this.#all(user))));
    return users.get(`${type} ${name}`) ?? [];
  }

  /** Names that are there, and those that were when the view was last published; some of them twice. */
  *namesAndLost(type: TypeUrl): Generator<string> {
    yield* this.names(type);
    yield* this.#changes.of(type).keys();
  }

  /** The name itself, as one string for all who keep it; undefined for one that is not there. */
  nameOf(type: TypeUrl, name: string): string | undefined {
    return this.#resources.get(type)?.get(name)?.name;
  }

  /** Version of a resource as it was last published. */
  published(type: TypeUrl, name: string): string | undefined {
    const changed = this.#changes.of(type);
    return changed.has(name) ? changed.get(name) : this.get(type, name)?.version;
  }

  /** Returns true for a resource of which there is no good version: a proxy keeps the one that it has. */
  clientKeeps(type: TypeUrl, name: string): boolean {
    return this.#resources.get(type)?.clientKeeps(name) === true;
  }

  /** A proxy has this version. Returns whether what is served or rejected may be different by it. */
  acknowledged(type: TypeUrl, name: string, version: string): boolean {
    const isDifferent =
      this.#tableOf(type, name)?.acknowledged(version) ??
      this.#resources.get(type)?.acknowledged(name, version);
    if (isDifferent !== true) return false;
    this.#rejectsUses = undefined;
    if (type === typeUrl.route) this.#noteState(name);
    if (this.rejections().next().done === true) this.#rejecters.clear();
    return true;
  }

  /**
   * A proxy rejects this version, which came alone, and no proxy has ACKed it. `hasAnother`: proxies have another version of
   * it. Returns whether what is served or rejected is different by it.
   */
  reject(
    type: TypeUrl,
    name: string,
    rejected: RejectedVersion,
    hasAnother: boolean,
    proxy: object,
  ): boolean {
    this.#rejectsUses = undefined;
    const table = this.#tableOf(type, name);
    const all = this.#resources.get(type);
    const isDifferent = table?.reject(rejected, hasAnother) ?? all?.reject(name, rejected);
    if (type === typeUrl.route) this.#noteState(name);
    // No news, too: of several that reject it, each has to be gone.
    if (table?.rejected === true || all?.rejections().has(name) === true) this.#rejecters.add(proxy);
    return isDifferent === true;
  }

  /**
   * A proxy is gone. What only such ones rejected, the others are asked about: all is served as it was translated again.
   * Returns whether what is served or rejected is different by it.
   */
  leaves(proxy: object): boolean {
    if (!this.#rejecters.delete(proxy) || this.#rejecters.size > 0) return false;
    this.#rejectsUses = undefined;
    const parts = [...this.#resources.values(), ...this.#tables.values(), ...this.#slots.tables.values()];
    const forgiven = parts.map((part) => part.forgive());
    for (const name of this.#tables.keys()) this.#noteState(name);
    return forgiven.includes(true);
  }

  /** True while Listeners or RouteConfigurations are not served as they should be, so that proxies use what older ones name. */
  get rejectsUses(): boolean {
    // Each of its streams asks at each flush.
    this.#rejectsUses ??=
      (this.#resources.get(typeUrl.listener)?.rejections().size ?? 0) > 0 ||
      this.#rejectedTables.size > 0 ||
      this.#hasListenersWithoutRoutes();
    return this.#rejectsUses;
  }

  /**
   * A Listener and its RouteConfigurations are of different units: where one of them is late, proxies keep routes that are
   * not in the view.
   */
  #hasListenersWithoutRoutes(): boolean {
    this.#lacksRoutes ??= this.#all(typeUrl.listener).some(({ names }) =>
      names.some(
        ({ typeUrl: type, name }) => type === typeUrl.route && this.#tables.get(name)?.servedName !== name,
      ),
    );
    return this.#lacksRoutes;
  }

  *rejections(): Generator<Rejection> {
    for (const [type, all] of this.#resources)
      for (const [name, rejected] of all.rejections())
        yield { type, name, madeOf: rejected.wanted.madeOf, ...rejectedVersion(rejected) };
    for (const type of [typeUrl.extension, typeUrl.route] as const) {
      for (const [name, table] of this.#tablesOf(type) ?? []) {
        for (const { rejected, madeOf, domain } of table.rejections()) {
          const of = domain === undefined ? {} : { domain };
          yield { type, name, ...of, madeOf, ...rejectedVersion(rejected) };
        }
      }
    }
  }

  add(output: UnitOutput): void {
    this.#rejectsUses = undefined;
    for (const resource of output.resources) {
      if (!isTypeUrl(resource.typeUrl)) continue;
      if (resource.typeUrl === typeUrl.route) this.#setHeader(resource.name, resource);
      else if (resource.typeUrl === typeUrl.extension) this.#slots.add(resource);
      else this.#resources.get(resource.typeUrl)?.put(resource);
    }
    for (const fragment of output.fragments) {
      this.#table(fragment.routeConfiguration).put(fragment);
      this.#noteState(fragment.routeConfiguration);
    }
  }

  /** Removes what `before` had and `after`, which has been added already, has not. */
  remove(before: UnitOutput, after: UnitOutput | undefined): void {
    this.#onTouched(false);
    this.#rejectsUses = undefined;
    for (const { typeUrl: type, name } of before.resources) {
      if (!isTypeUrl(type) || after?.resources.some((other) => other.typeUrl === type && other.name === name))
        continue;
      if (type === typeUrl.route) this.#setHeader(name, undefined);
      else if (type === typeUrl.extension) this.#slots.remove(name);
      else this.#resources.get(type)?.delete(name);
    }
    const kept = new Set(after?.fragments.map(placeOf));
    for (const fragment of before.fragments) {
      if (kept.has(placeOf(fragment))) continue;
      this.#table(fragment.routeConfiguration).delete(fragment);
      this.#noteState(fragment.routeConfiguration);
    }
  }

  /** Takes the changes that belong to no wave, since the last call. */
  takeFreeChanges(): Changes {
    return this.#changes.takeFree();
  }

  /** All names that have changed since they were last taken. */
  takeChanges(): Changes {
    const changed = this.#changes.takeAll();
    // Any of them: one that is not served has no name, and so no change of its own.
    for (const name of this.#emptied) if (this.#tables.get(name)?.empty === true) this.#tables.delete(name);
    this.#emptied.clear();
    this.#slots.forgetEmpty();
    return changed;
  }

  /** After every change of a table, so that no question is one to all of them: a Gateway has one for each TLS listener. */
  #noteState(name: string): void {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    if (table.rejected) this.#rejectedTables.add(table);
    else this.#rejectedTables.delete(table);
    if (table.empty) this.#emptied.add(name);
  }

  *#all(type: TypeUrl): Generator<ViewResource> {
    for (const name of this.names(type)) {
      const resource = this.get(type, name);
      if (resource !== undefined) yield resource;
    }
  }

  #setHeader(table: string, header: XdsResource | undefined): void {
    this.#lacksRoutes = undefined;
    this.#table(table).setHeader(header);
    this.#noteState(table);
  }

  #table(name: string): RouteTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new RouteTable((served, before) => this.#mark(typeUrl.route, served, before));
      this.#tables.set(name, table);
    }
    return table;
  }

  /** The table that puts the resource together; undefined where it comes whole. */
  #tableOf(type: TypeUrl, name: string): RouteTable | SlotTable | undefined {
    return this.#tablesOf(type)?.get(name);
  }

  #tablesOf(type: TypeUrl): WeightedNames<RouteTable> | WeightedNames<SlotTable> | undefined {
    if (type === typeUrl.route) return this.#tables;
    return type === typeUrl.extension ? this.#slots.tables : undefined;
  }

  #mark(type: TypeUrl, name: string, before: string | undefined): void {
    this.#onTouched(rulesOf(type).turn === 'free');
    this.#users.delete(type);
    if (type === typeUrl.listener) this.#lacksRoutes = undefined;
    this.#changes.note(type, name, before);
  }
}

function placeOf({ routeConfiguration, domain, owner }: RouteFragment): string {
  return `${routeConfiguration} ${domain} ${owner}`;
}

function rejectedVersion({ version, message, since }: RejectedVersion): RejectedVersion {
  return { version, message, since };
}
