import type { UnitOutput, XdsResource } from '../batch/outcome.ts';
import { parseUnitName } from '../resource/unit.ts';
import { RouteTable } from './route-table.ts';
import type { ViewResource } from './view-resource.ts';
import { isTypeUrl, typeUrl, typeUrls, type TypeUrl } from './type-url.ts';

/** Names of resources that are different now, by type. */
export type Changes = ReadonlyMap<TypeUrl, ReadonlySet<string>>;

/**
 * The resources of one Gateway, as every proxy of its fleet is to have them. Resources of shared units (a Cluster, a
 * Secret) are the same objects in every view.
 */
export class View {
  /** Counts publications. What a stream has been sent is compared with it, so a change can be waited for. */
  epoch = 0;
  readonly #shared: { readonly committing: boolean };
  readonly #resources = new Map<TypeUrl, Map<string, XdsResource>>(typeUrls.map((type) => [type, new Map()]));
  readonly #tables = new Map<string, RouteTable>();
  /** SDS names by Listener. */
  readonly #secrets = new Map<string, readonly string[]>();
  #changed = new Map<TypeUrl, Set<string>>();

  constructor(shared: { readonly committing: boolean }) {
    this.#shared = shared;
  }

  /** While a wave is being committed in slices, only endpoints may be sent: anything else would be half of it. */
  get committing(): boolean {
    return this.#shared.committing;
  }

  get empty(): boolean {
    return this.#tables.size === 0 && [...this.#resources.values()].every((all) => all.size === 0);
  }

  get(type: TypeUrl, name: string): ViewResource | undefined {
    return type === typeUrl.route ? this.#tables.get(name)?.resource : this.#resources.get(type)?.get(name);
  }

  names(type: TypeUrl): Iterable<string> {
    if (type !== typeUrl.route) return this.#resources.get(type)?.keys() ?? [];
    return this.#tables.entries().flatMap(([name, table]) => (table.served ? [name] : []));
  }

  /** The secrets that a Listener names. */
  secretsOf(listener: string): readonly string[] {
    return this.#secrets.get(listener) ?? [];
  }

  add(output: UnitOutput): void {
    for (const resource of output.resources) {
      if (!isTypeUrl(resource.typeUrl)) continue;
      if (resource.typeUrl === typeUrl.listener) this.#secrets.set(resource.name, secretNames(output));
      if (resource.typeUrl === typeUrl.route) {
        if (this.#table(resource.name).setHeader(resource)) this.#mark(typeUrl.route, resource.name);
        continue;
      }
      const all = this.#resources.get(resource.typeUrl);
      if (all?.get(resource.name)?.version === resource.version) continue;
      all?.set(resource.name, resource);
      this.#mark(resource.typeUrl, resource.name);
    }
    for (const fragment of output.virtualHosts) {
      if (this.#table(fragment.routeConfiguration).put(fragment)) {
        this.#mark(typeUrl.route, fragment.routeConfiguration);
      }
    }
  }

  /** Removes what `before` had and `after`, which has been added already, has not. */
  remove(before: UnitOutput, after: UnitOutput | undefined): void {
    for (const { typeUrl: type, name } of before.resources) {
      if (!isTypeUrl(type) || after?.resources.some((other) => other.typeUrl === type && other.name === name))
        continue;
      if (type === typeUrl.route) this.#table(name).setHeader(undefined);
      else this.#resources.get(type)?.delete(name);
      if (type === typeUrl.listener) this.#secrets.delete(name);
      this.#mark(type, name);
    }
    for (const { routeConfiguration, domain } of before.virtualHosts) {
      const kept = after?.virtualHosts.some(
        (other) => other.routeConfiguration === routeConfiguration && other.domain === domain,
      );
      if (kept !== true && this.#table(routeConfiguration).delete(domain)) {
        this.#mark(typeUrl.route, routeConfiguration);
      }
    }
  }

  /** Endpoints that have changed since they were last taken. */
  takeEndpointChanges(): Changes {
    const names = this.#changed.get(typeUrl.endpoint);
    this.#changed.delete(typeUrl.endpoint);
    return names === undefined ? new Map() : new Map([[typeUrl.endpoint, names]]);
  }

  /** All names that have changed since they were last taken. */
  takeChanges(): Changes {
    const changed = this.#changed;
    this.#changed = new Map();
    for (const name of changed.get(typeUrl.route) ?? []) {
      if (this.#tables.get(name)?.empty === true) this.#tables.delete(name);
    }
    return changed;
  }

  #table(name: string): RouteTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new RouteTable()));
    return table;
  }

  #mark(type: TypeUrl, name: string): void {
    const names = this.#changed.get(type);
    if (names === undefined) this.#changed.set(type, new Set([name]));
    else names.add(name);
  }
}

function secretNames({ refs }: UnitOutput): string[] {
  return refs.flatMap((ref) => {
    const unit = parseUnitName(ref);
    return unit.kind === 'Secret' ? [`${unit.namespace}/${unit.name}`] : [];
  });
}
