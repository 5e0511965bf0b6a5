import { decodeRow } from '../kinds/decode.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import { slicesOfService } from '../kinds/indexes.ts';
import type { RowChange } from '../kinds/row.ts';
import { splitResourceKey, resourceKey, type ResourceKey } from '../lib/key.ts';
import { classFindings, gatewayFindings } from './class-findings.ts';
import type { Finding } from './finding.ts';
import { parentFindings } from './parent-findings.ts';
import { routeBackendFindings } from './backend-findings.ts';
import { targetFindings } from './target-findings.ts';

/** Objects by name, as the checks look them up. */
export interface Objects {
  readonly controllerName: string;
  get<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined;
  has(kind: string, namespace: string, name: string): boolean;
  /** Names of the objects of a kind, as `namespace/name`; of a cluster-scoped kind `/name`. */
  names(kind: string): Iterable<string>;
  /** Number of endpoints of a Service that take requests; undefined: no EndpointSlice is the Service's. */
  endpoints(namespace: string, service: string): number | undefined;
}

/**
 * Finds objects of a folder that have no effect, though no condition says so: a status of a route is written for the
 * Gateways that exist, and one of a Gateway for the classes that are Sluice's. For folders alone: in a cluster they
 * may be another controller's. Rows are decoded once; `findings` costs O(objects).
 */
export class SilentObjects implements Objects {
  readonly controllerName: string;
  readonly #rows = new Map<string, Map<string, unknown>>();
  /** Endpoints of each slice, by the Service's index. */
  readonly #slices = new Map<string, Map<ResourceKey, number>>();
  readonly #serviceOf = new Map<ResourceKey, string>();

  constructor(controllerName: string) {
    this.controllerName = controllerName;
  }

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const key = change.kind === 'put' ? change.row.key : change.key;
      const { kind, namespace, name } = splitResourceKey(key);
      if (kind === 'EndpointSlice') this.#applySlice(key, change);
      else if (change.kind === 'put') {
        const rows = this.#rows.get(kind) ?? new Map<string, unknown>();
        this.#rows.set(kind, rows);
        rows.set(`${namespace}/${name}`, decodeRow(kind as Kind, change.row.bytes));
      } else this.#rows.get(kind)?.delete(`${namespace}/${name}`);
    }
  }

  get<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined {
    return this.#rows.get(kind)?.get(`${namespace}/${name}`) as RowTypes[K] | undefined;
  }

  has(kind: string, namespace: string, name: string): boolean {
    return this.#rows.get(kind)?.has(`${namespace}/${name}`) === true;
  }

  names(kind: string): Iterable<string> {
    return this.#rows.get(kind)?.keys() ?? [];
  }

  endpoints(namespace: string, service: string): number | undefined {
    const slices = this.#slices.get(slicesOfService(namespace, service));
    return slices === undefined ? undefined : [...slices.values()].reduce((sum, count) => sum + count, 0);
  }

  findings(): Finding[] {
    const found: Finding[] = [];
    for (const [kind, rows] of this.#rows) {
      const role = kindOf(kind)?.role;
      for (const [id, row] of rows) {
        const [namespace = '', name = ''] = id.split('/');
        const at = { object: resourceKey(kind, namespace, name), namespace };
        if (kind === 'GatewayClass')
          found.push(...classFindings(this, at.object, row as RowTypes['GatewayClass']));
        if (kind === 'Gateway') found.push(...gatewayFindings(this, at.object, row as RowTypes['Gateway']));
        if (role === 'route') {
          found.push(...parentFindings(this, at, row as RowTypes['HTTPRoute']));
          found.push(...routeBackendFindings(this, at, row as RowTypes['HTTPRoute']));
        }
        if (role === 'policy') found.push(...targetFindings(this, at, row as RowTypes['SecurityPolicy']));
      }
    }
    return found;
  }

  #applySlice(key: ResourceKey, change: RowChange): void {
    const before = this.#serviceOf.get(key);
    if (before !== undefined) {
      const slices = this.#slices.get(before);
      slices?.delete(key);
      if (slices?.size === 0) this.#slices.delete(before);
      this.#serviceOf.delete(key);
    }
    if (change.kind === 'delete') return;
    const [service] = change.row.indexes;
    if (service === undefined) return;
    const { endpoints } = decodeRow('EndpointSlice', change.row.bytes);
    const slices = this.#slices.get(service) ?? new Map<ResourceKey, number>();
    this.#slices.set(
      service,
      slices.set(key, endpoints.filter(({ ready, serving }) => ready || serving).length),
    );
    this.#serviceOf.set(key, service);
  }
}
