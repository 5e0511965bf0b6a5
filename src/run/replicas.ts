import { BackOff } from '../kube/back-off.ts';
import { ReplicaNotes } from '../kube/replica-notes.ts';
import type { Clock } from '../lib/clock.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { ProxyReports } from '../status/proxy-reports.ts';
import type { RejectionsOfObject } from '../status/rejections.ts';
import { gatewayName, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import type { Cluster } from './cluster.ts';
import type { ReplicaIdentity } from './replica-identity.ts';

export interface ReplicasPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Version of a Gateway's Listeners that proxies which are connected here have ACKed. */
  readonly acknowledged: (gateway: string) => string | undefined;
  /** Says why proxies that are connected here reject what was made of an object. */
  readonly rejections: (object: ResourceKey) => RejectionsOfObject;
  /** Called when the proxies of another replica may have something else of a Gateway. */
  readonly onListeners: (gateway: string) => void;
  /** Called when the proxies of another replica may reject something else of an object. */
  readonly onRejection: (object: ResourceKey) => void;
  /** Called when the process that runs the proxies of a Gateway may say something else of them. */
  readonly onProblem: (gateway: string) => void;
}

/** Exchanges the state of proxies between replicas: ACKed Listeners, and what they reject. */
export class Replicas {
  readonly #reports: ProxyReports;
  readonly #notes: ReplicaNotes;
  readonly #ports: ReplicasPorts;

  constructor({ api, namespace }: Cluster, identity: ReplicaIdentity, ports: ReplicasPorts) {
    const { log, clock, metrics, onListeners, onRejection, onProblem } = ports;
    this.#ports = ports;
    const options = { namespace, replica: identity.name, pod: identity.pod };
    this.#notes = new ReplicaNotes(api, options, {
      log,
      clock,
      onNote: (replica, part, text) => this.#reports.receive(replica, part, text),
      onRestart: (kind, reason) => metrics.watchRestarts.inc({ kind, reason }),
    });
    this.#reports = new ProxyReports({
      clock,
      backOff: new BackOff(),
      publish: (parts) => this.#notes.write(parts),
      onListeners,
      onRejection,
      onProblem,
    });
  }

  start(): void {
    this.#notes.start();
    this.#reports.start();
  }

  /** True when proxies of another replica have ACKed this version of a Gateway's Listeners. */
  has(gateway: string, version: string): boolean {
    return this.#reports.has(gateway, version);
  }

  /** Says why proxies of other replicas reject what was made of the object. */
  rejected(object: ResourceKey): RejectionsOfObject {
    return this.#reports.rejected(object);
  }

  /** Says why the proxies of a fleet cannot be run as they should be, where another process runs them. */
  problem(fleet: FleetKey): string | undefined {
    return gatewaysOf(fleet)
      .map((gateway) => this.#reports.problem(gatewayName(gateway)))
      .find((message) => message !== undefined);
  }

  /** The status of the object may be another now, and so may what proxies have of it. */
  statusChanged(object: ResourceKey): void {
    this.#reports.setRejected(object, this.#ports.rejections(object));
    const { kind } = splitResourceKey(object);
    if (kind !== 'Gateway') return;
    const gateway = gatewayName(object);
    this.#reports.setListeners(gateway, this.#ports.acknowledged(gateway));
  }

  async close(): Promise<void> {
    this.#reports.close();
    await this.#notes.close();
  }
}
