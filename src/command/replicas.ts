import { hostname } from 'node:os';
import { BackOff } from '../kube/back-off.ts';
import { ReplicaNotes } from '../kube/replica-notes.ts';
import type { Clock } from '../lib/clock.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { Acknowledgements } from '../status/acknowledgements.ts';
import type { Cluster } from './cluster.ts';

export interface ReplicasPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Version of a Gateway's Listeners that proxies which are connected here have ACKed. */
  readonly acknowledged: (gateway: string) => string | undefined;
  /** What the proxies of another replica have of a Gateway may be different now. */
  readonly onHeard: (gateway: string) => void;
}

/** What the replicas tell each other: which Listeners their proxies have ACKed. */
export class Replicas {
  readonly #acknowledgements: Acknowledgements;
  readonly #notes: ReplicaNotes;
  readonly #acknowledged: ReplicasPorts['acknowledged'];

  constructor({ api, namespace }: Cluster, { log, clock, metrics, acknowledged, onHeard }: ReplicasPorts) {
    this.#acknowledged = acknowledged;
    // A pod's name is its host name.
    const options = { namespace, replica: hostname(), podUid: process.env['POD_UID'] };
    this.#notes = new ReplicaNotes(api, options, {
      log,
      clock,
      onNote: (replica, text) => this.#acknowledgements.heard(replica, text),
      onRestart: (kind, reason) => metrics.watchRestarts.inc({ kind, reason }),
    });
    this.#acknowledgements = new Acknowledgements({
      clock,
      backOff: new BackOff(),
      publish: (text) => this.#notes.write(text),
      onHeard,
    });
  }

  start(): void {
    this.#notes.start();
    this.#acknowledgements.start();
  }

  /** Whether proxies of another replica have ACKed this version of a Gateway's Listeners. */
  has(gateway: string, version: string): boolean {
    return this.#acknowledgements.has(gateway, version);
  }

  /** The status of the object may be another now, and so may what proxies have of it. */
  statusChanged(object: ResourceKey): void {
    const { kind, namespace, name } = splitResourceKey(object);
    if (kind !== 'Gateway') return;
    const gateway = `${namespace}/${name}`;
    this.#acknowledgements.set(gateway, this.#acknowledged(gateway));
  }

  async close(): Promise<void> {
    this.#acknowledgements.close();
    await this.#notes.close();
  }
}
