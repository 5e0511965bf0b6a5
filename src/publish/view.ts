import type { RouteFragment, UnitOutput } from '../batch/outcome.ts';
import type { SlotTable } from './filter-slot.ts';
import { isOfInternalListener } from '../units/internal-listener-name.ts';
import { isShard } from '../units/route-shard.ts';
import { routeConfigurationOf } from '../units/virtual-host-name.ts';
import { FilterSlots } from './filter-slots.ts';
import { rejectedParts, rejectedVersion, type Rejection, type RejectedVersion } from './rejection.ts';
import { ResourceSet } from './resource-set.ts';
import { ViewChanges, type Changes } from './view-changes.ts';
import type { ShardTable } from './shard-table.ts';
import { ShardTables } from './shard-tables.ts';
import type { ViewResource } from './view-resource.ts';
import type { VirtualHost } from './virtual-host.ts';
import { VirtualHosts } from './virtual-hosts.ts';
import { usersByName } from './users-by-name.ts';
import type { WeightedNames } from './weighted-names.ts';
import { isTypeUrl, rulesOf, typesThat, typeUrl, type TypeUrl } from './type-table.ts';

export interface SharedState {
  readonly committing: boolean;
  readonly blob: (sha256: string) => Uint8Array | undefined;
}

/** Resources that every proxy of a fleet is to have. Those of shared units are the same objects in every view. */
export class View {
  /** Number of publications, by which a stream knows what its client has been sent. */
  epoch = 0;
  readonly #shared: SharedState;
  readonly #resources: ReadonlyMap<TypeUrl, ResourceSet>;
  /** Users of each named resource, by their type; deleted when a resource of the type changes. */
  readonly #users = new Map<TypeUrl, ReadonlyMap<string, readonly string[]>>();
  readonly #hosts: VirtualHosts;
  readonly #shards: ShardTables;
  readonly #slots: FilterSlots;
  readonly #onTouched: (isEndpoint: boolean) => void;
  #rejectsUses: boolean | undefined;
  /** Undefined: to be found out again after a change of a Listener or of the set of RouteConfigurations. */
  #lacksRoutes: boolean | undefined;
  /** Undefined: to be found out again after a change of a Listener. */
  #internal: readonly ViewResource[] | undefined;
  /** Connected proxies that have rejected something. */
  readonly #rejecters = new Set<object>();
  readonly #changes = new ViewChanges();

  constructor(shared: SharedState, onTouched: (isEndpoint: boolean) => void = () => {}) {
    this.#shared = shared;
    this.#onTouched = onTouched;
    this.#hosts = new VirtualHosts((name, before) => this.#mark(typeUrl.virtualHost, name, before));
    this.#shards = new ShardTables((name, before) => this.#mark(typeUrl.route, name, before));
    this.#slots = new FilterSlots(shared.blob, (name, before) => this.#mark(typeUrl.extension, name, before));
    const setOf = (type: TypeUrl): [TypeUrl, ResourceSet] => {
      const mark = (name: string, before: string | undefined): void => this.#mark(type, name, before);
      return [type, new ResourceSet(mark)];
    };
    this.#resources = new Map(typesThat(({ store }) => store === 'set').map(setOf));
  }

  /** True while a wave is committed in slices: anything but endpoints would be half of it. */
  get committing(): boolean {
    return this.#shared.committing;
  }

  get empty(): boolean {
    return (
      this.#hosts.all.size + this.#shards.all.size + this.#slots.tables.size === 0 &&
      [...this.#resources.values()].every((all) => all.empty)
    );
  }

  get(type: TypeUrl, name: string): ViewResource | undefined {
    const table = this.#tableOf(type, name);
    return table === undefined ? this.#resources.get(type)?.get(name) : table.resource;
  }

  *names(type: TypeUrl): Generator<string> {
    yield* this.#resources.get(type)?.names() ?? [];
    for (const { servedName } of this.#tablesOf(type)?.values() ?? [])
      if (servedName !== undefined) yield servedName;
  }

  /** Lists the VirtualHosts of a RouteConfiguration. */
  hostsOf(routeConfiguration: string): Iterable<string> {
    return this.#hosts.namesOf(routeConfiguration);
  }

  /** Lists the parts of a domain that are served; undefined: the RouteConfiguration does not have the domain. */
  fragmentsOf(routeConfiguration: string, domain: string): Iterable<RouteFragment> | undefined {
    const tables = isShard(routeConfiguration) ? this.#shards : this.#hosts;
    return tables.fragmentsOf(routeConfiguration, domain);
  }

  /** Largest weight that the names of a type have had. */
  mostNames(type: TypeUrl): number {
    return (this.#tablesOf(type)?.peak ?? 0) + (this.#resources.get(type)?.mostNames ?? 0);
  }

  /** Names the resources of type `user` that name this one. O(1), but O(all of the type) first after a change. */
  usersOf(user: TypeUrl, type: TypeUrl, name: string): readonly string[] {
    let users = this.#users.get(user);
    if (users === undefined) this.#users.set(user, (users = usersByName(this.#all(user))));
    return users.get(`${type} ${name}`) ?? [];
  }

  /** Lists present names, and those that were published last; some of them twice. */
  *namesAndLost(type: TypeUrl): Generator<string> {
    yield* this.names(type);
    yield* this.#changes.of(type).keys();
  }

  /** Returns the name as one shared string; undefined when it is missing. */
  nameOf(type: TypeUrl, name: string): string | undefined {
    return this.#resources.get(type)?.get(name)?.name;
  }

  published(type: TypeUrl, name: string): string | undefined {
    const changed = this.#changes.of(type);
    return changed.has(name) ? changed.get(name) : this.get(type, name)?.version;
  }

  /** True when the view lacks a resource that a client keeps: a wanted one without a good version, or a host. */
  clientKeeps(type: TypeUrl, name: string): boolean {
    // Envoy drops the hosts of a removed RouteConfiguration itself, when no listener drains with it.
    if (type === typeUrl.virtualHost)
      return this.get(typeUrl.route, routeConfigurationOf(name)) === undefined;
    return this.#resources.get(type)?.clientKeeps(name) === true;
  }

  /** Called when a proxy has this version. Returns true when served or rejected resources may differ. */
  acknowledged(type: TypeUrl, name: string, version: string): boolean {
    const isDifferent =
      this.#tableOf(type, name)?.acknowledged(version) ??
      this.#resources.get(type)?.acknowledged(name, version);
    if (isDifferent !== true) return false;
    this.#rejectsUses = undefined;
    this.#noteState(type, name);
    if (this.rejections().next().done === true) this.#rejecters.clear();
    return true;
  }

  /** Takes a NACK of a version without any ACK. `hasAnother`: proxies have another one. Returns true for a change. */
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
    this.#noteState(type, name);
    // Also without a change: the rejection lasts until all of them have disconnected.
    if (table?.rejected === true || all?.rejections().has(name) === true) this.#rejecters.add(proxy);
    return isDifferent === true;
  }

  /**
   * Called when a proxy disconnects. Serves what only it rejected, for the others to judge. Returns true for a
   * change.
   */
  leaves(proxy: object): boolean {
    if (!this.#rejecters.delete(proxy) || this.#rejecters.size > 0) return false;
    this.#rejectsUses = undefined;
    const hosts = [...this.#hosts.rejected];
    const shards = [...this.#shards.rejected];
    const tables = [...hosts, ...shards.map(([, table]) => table), ...this.#slots.tables.values()];
    const forgiven = [...this.#resources.values(), ...tables].map((part) => part.forgive());
    for (const { name } of hosts) this.#hosts.noteState(name);
    for (const [name] of shards) this.#shards.noteState(name);
    return forgiven.includes(true);
  }

  /** True while Listeners or routes are not served as wanted: proxies then use what older ones name. */
  get rejectsUses(): boolean {
    // Asked for by each stream at each flush.
    this.#rejectsUses ??=
      (this.#resources.get(typeUrl.listener)?.rejections().size ?? 0) > 0 ||
      (this.#resources.get(typeUrl.route)?.rejections().size ?? 0) > 0 ||
      this.#hosts.rejected.size > 0 ||
      this.#shards.rejected.size > 0 ||
      this.#hasListenersWithoutRoutes();
    return this.#rejectsUses;
  }

  /** True when a unit is late, so that proxies keep routes that the view lacks. */
  #hasListenersWithoutRoutes(): boolean {
    this.#lacksRoutes ??= [...this.#all(typeUrl.listener), ...this.#all(typeUrl.scope)].some(({ names }) =>
      names.some(
        ({ typeUrl: type, name }) =>
          (type === typeUrl.route || type === typeUrl.scope) && this.get(type, name) === undefined,
      ),
    );
    return this.#lacksRoutes;
  }

  *rejections(): Generator<Rejection> {
    for (const [type, all] of this.#resources)
      for (const [name, rejected] of all.rejections())
        yield { type, name, madeOf: rejected.wanted.madeOf, ...rejectedVersion(rejected) };
    for (const [name, slot] of this.#slots.tables) yield* rejectedParts(typeUrl.extension, name, slot);
    for (const host of this.#hosts.rejected) yield* rejectedParts(typeUrl.virtualHost, host.name, host);
    for (const [name, shard] of this.#shards.rejected) yield* rejectedParts(typeUrl.route, name, shard);
  }

  /** Listeners that only other routes of the view lead to. O(1), but O(Listeners) first after a change of one. */
  get internalListeners(): readonly ViewResource[] {
    this.#internal ??= [...this.#all(typeUrl.listener)].filter(({ name }) => isOfInternalListener(name));
    return this.#internal;
  }

  add(output: UnitOutput): void {
    this.#rejectsUses = undefined;
    for (const resource of output.resources) {
      if (!isTypeUrl(resource.typeUrl)) continue;
      if (resource.typeUrl === typeUrl.extension) this.#slots.add(resource);
      else if (resource.typeUrl === typeUrl.route && isShard(resource.name)) this.#shards.add(resource);
      else this.#resources.get(resource.typeUrl)?.put(resource);
    }
    for (const fragment of output.fragments) this.#partsOf(fragment).put(fragment);
  }

  /** Removes what `before` has and `after`, which is added already, lacks. */
  remove(before: UnitOutput, after: UnitOutput | undefined): void {
    this.#onTouched(false);
    this.#rejectsUses = undefined;
    for (const { typeUrl: type, name } of before.resources) {
      if (!isTypeUrl(type) || after?.resources.some((other) => other.typeUrl === type && other.name === name))
        continue;
      if (type === typeUrl.extension) this.#slots.remove(name);
      else if (type === typeUrl.route && isShard(name)) this.#shards.remove(name);
      else this.#resources.get(type)?.delete(name);
    }
    const kept = new Set(after?.fragments.map(placeOf));
    for (const fragment of before.fragments)
      if (!kept.has(placeOf(fragment))) this.#partsOf(fragment).delete(fragment);
  }

  takeFreeChanges(): Changes {
    return this.#changes.takeFree();
  }

  takeChanges(): Changes {
    const changed = this.#changes.takeAll();
    this.#hosts.forgetEmpty();
    this.#shards.forgetEmpty();
    this.#slots.forgetEmpty();
    return changed;
  }

  *#all(type: TypeUrl): Generator<ViewResource> {
    for (const name of this.names(type)) {
      const resource = this.get(type, name);
      if (resource !== undefined) yield resource;
    }
  }

  #tableOf(type: TypeUrl, name: string): VirtualHost | ShardTable | SlotTable | undefined {
    return this.#tablesOf(type)?.get(name);
  }

  #tablesOf(
    type: TypeUrl,
  ): WeightedNames<VirtualHost> | WeightedNames<ShardTable> | WeightedNames<SlotTable> | undefined {
    if (type === typeUrl.virtualHost) return this.#hosts.all;
    if (type === typeUrl.route) return this.#shards.all;
    return type === typeUrl.extension ? this.#slots.tables : undefined;
  }

  #partsOf({ routeConfiguration }: RouteFragment): ShardTables | VirtualHosts {
    return isShard(routeConfiguration) ? this.#shards : this.#hosts;
  }

  #noteState(type: TypeUrl, name: string): void {
    if (type === typeUrl.virtualHost) this.#hosts.noteState(name);
    else if (type === typeUrl.route) this.#shards.noteState(name);
  }

  #mark(type: TypeUrl, name: string, before: string | undefined): void {
    this.#onTouched(rulesOf(type).turn === 'free');
    this.#users.delete(type);
    if (type === typeUrl.listener) this.#internal = undefined;
    if (type === typeUrl.listener || type === typeUrl.route || type === typeUrl.scope)
      this.#lacksRoutes = undefined;
    this.#changes.note(type, name, before);
  }
}

function placeOf({ routeConfiguration, domain, owner }: RouteFragment): string {
  return `${routeConfiguration} ${domain} ${owner}`;
}
