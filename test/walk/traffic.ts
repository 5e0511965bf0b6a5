import { routeConfigurationOf } from '../../src/units/virtual-host-name.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import type { Service } from '../rig/xds/xds-types.ts';
import type { ClusterSet } from './cluster-set.ts';
import { awaitedIn, type ListenerSet } from './listener-set.ts';
import type { Unsaid } from './unsaid.ts';
import type { Wanted } from './wanted.ts';

export interface TrafficOptions {
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly wanted: Wanted;
  readonly unsaid: Unsaid;
  /** Called when requests fail. */
  readonly failure: (problem: string, where: string) => void;
}

/** Requests to a proxy: each must find its certificate, virtual host and cluster, except where the server has no part. */
export class Traffic {
  readonly #options: TrafficOptions;
  /** Rejected clusters, and names in force without what they waited for: not the server's fault. */
  readonly #excused = new Set<string>();
  /** Listeners with old routes whose clusters may be removed: until their routes come. */
  readonly #abandoned = new Set<string>();
  /**
   * Hosts of these, hosts that it did not name, and those of a table that the view has lost: clusters of these go when
   * its listeners drain, and a listener of the same name may still share the table. Until they come again.
   */
  readonly #abandonedHosts = new Set<string>();
  /** Shards that the view has lost, for the same reason: their hosts are in the table itself. Until they come again. */
  readonly #abandonedShards = new Set<string>();

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  check(): void {
    const { listeners, failure } = this.#options;
    for (const [listener, instance] of listeners.active) {
      if (this.#abandoned.has(listener)) continue;
      for (const secret of instance.secrets) {
        if (!listeners.secrets.has(secret) && !this.#excused.has(secret))
          failure(`has no Secret ${secret}`, listener);
      }
      for (const route of listeners.routesOf(instance)) this.#checkRoute(listener, route);
    }
  }

  /** Called when everything has come: every host that is wanted counts again. */
  onRest(): void {
    for (const host of this.#abandonedHosts)
      if (this.#options.wanted.version('VHDS', host) !== undefined) this.#abandonedHosts.delete(host);
  }

  /** Called when routes are sent. Those that come excused stay so until the cluster exists, even when its rejection ends. */
  onRoutes(service: 'RDS' | 'VHDS', { version, bytes }: HeldResource): void {
    for (const cluster of resourceRefs(service, version, bytes).CDS)
      if (this.#isExcusable(cluster)) this.#excused.add(cluster);
  }

  /** Called at each response. */
  noteAbandoned(): void {
    const { listeners, wanted, unsaid } = this.#options;
    for (const name of listeners.active.keys()) if (unsaid.keeps('LDS', name)) this.#abandon(name);
    for (const host of listeners.tables.hosts()) {
      const isLost = wanted.version('RDS', routeConfigurationOf(host)) === undefined;
      if (isLost || unsaid.keeps('VHDS', host)) this.#abandonedHosts.add(host);
    }
    for (const shard of listeners.tables.shards())
      if (wanted.version('RDS', shard) === undefined) this.#abandonedShards.add(shard);
  }

  onRejected(cluster: string): void {
    this.#excused.add(cluster);
  }

  onAccepted(service: Service, name: string): void {
    if (service === 'VHDS') this.#abandonedHosts.delete(name);
    else this.#excused.delete(name);
    if (service !== 'RDS') return;
    this.#abandonedShards.delete(name);
    const { listeners } = this.#options;
    for (const [listener, instance] of listeners.active)
      if (listeners.routesOf(instance).includes(name)) this.#abandoned.delete(listener);
  }

  /** Called after a rejected response, before waits end. */
  onFailed(service: 'RDS' | 'SDS' | 'VHDS'): void {
    for (const [listener, { awaited }] of this.#options.listeners.warming) {
      for (const key of awaited) this.#excused.add(awaitedIn(key).name);
      // It uses older routes, maybe of a draining listener of this name.
      if (service === 'RDS') this.#abandon(listener);
    }
  }

  #abandon(listener: string): void {
    this.#abandoned.add(listener);
    const { listeners } = this.#options;
    const { active, warming, tables } = listeners;
    for (const instance of [active.get(listener), warming.get(listener)])
      for (const route of instance === undefined ? [] : listeners.routesOf(instance))
        for (const host of tables.get(route)?.hosts.keys() ?? []) this.#abandonedHosts.add(host);
  }

  #checkRoute(listener: string, name: string): void {
    const { listeners, failure } = this.#options;
    const table = listeners.tables.get(name);
    if (table === undefined) {
      if (!this.#excused.has(name)) failure(`has no routes ${name}`, listener);
      return;
    }
    if (!this.#abandonedShards.has(name)) this.#checkClusters(name, 'RDS', table.routes);
    for (const [host, resource] of table.hosts)
      if (!this.#abandonedHosts.has(host)) this.#checkClusters(host, 'VHDS', resource);
  }

  #checkClusters(name: string, service: 'RDS' | 'VHDS', { version, bytes }: HeldResource): void {
    const { clusters, failure } = this.#options;
    for (const cluster of resourceRefs(service, version, bytes).CDS) {
      if (this.#isExcusable(cluster)) this.#excused.add(cluster);
      if (clusters.active.has(cluster)) this.#excused.delete(cluster);
      else if (!this.#excused.has(cluster)) failure(`names cluster ${cluster}, which is not there`, name);
    }
  }

  /** Proxies reject every version of it, or only older routes name it while newer ones are rejected. */
  #isExcusable(cluster: string): boolean {
    const { wanted } = this.#options;
    const isOld = wanted.view()?.rejectsUses === true && wanted.version('CDS', cluster) === undefined;
    return isOld || wanted.isWithheld('CDS', cluster);
  }
}
