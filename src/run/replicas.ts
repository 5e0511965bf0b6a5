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
  /** Version of a Gateway's Listeners that proxies of this replica have ACKed. */
  readonly acknowledged: (gateway: string) => string | undefined;
  /** Returns rejections by proxies of this replica. */
  readonly rejections: (object: ResourceKey) => RejectionsOfObject;
  /** Called when proxies of another replica may have ACKed another version. */
  readonly onListeners: (gateway: string) => void;
  /** Called when proxies of another replica may reject something else. */
  readonly onRejection: (object: ResourceKey) => void;
  /** Called when the process that runs the proxies may report another problem. */
  readonly onProblem: (gateway: string) => void;
}

/** Exchanges ACKed Listeners and rejections with other replicas. */
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

  has(gateway: string, version: string): boolean {
    return this.#reports.has(gateway, version);
  }

  rejected(object: ResourceKey): RejectionsOfObject {
    return this.#reports.rejected(object);
  }

  /** Returns the problem that a separate process reports for the proxies of a fleet. */
  problem(fleet: FleetKey): string | undefined {
    return gatewaysOf(fleet)
      .map((gateway) => this.#reports.problem(gatewayName(gateway)))
      .find((message) => message !== undefined);
  }

  /** Called when the status may have changed, and with it ACKs and rejections. */
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
