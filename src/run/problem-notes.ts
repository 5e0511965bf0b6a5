import { BackOff } from '../kube/back-off.ts';
import { ReplicaNotes } from '../kube/replica-notes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { ProxyReports } from '../status/proxy-reports.ts';
import type { Cluster } from './cluster.ts';
import type { ReplicaIdentity } from './replica-identity.ts';

export interface ProblemNotesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Sends problems to the replicas that write statuses, and reads none of their notes: they handle tenants' input. */
export class ProblemNotes {
  readonly #reports: ProxyReports;
  readonly #notes: ReplicaNotes;

  constructor(
    { api, namespace }: Cluster,
    { name, pod }: ReplicaIdentity,
    { log, clock, metrics }: ProblemNotesPorts,
  ) {
    this.#notes = new ReplicaNotes(
      api,
      { namespace, replica: name, pod },
      {
        log,
        clock,
        onNote: ignore,
        onRestart: (kind, reason) => metrics.watchRestarts.inc({ kind, reason }),
      },
    );
    this.#reports = new ProxyReports({
      clock,
      backOff: new BackOff(),
      publish: (parts) => this.#notes.write(parts),
      onListeners: ignore,
      onRejection: ignore,
      onProblem: ignore,
    });
  }

  start(): void {
    this.#notes.start();
    this.#reports.start();
  }

  /** `gateway`: `namespace/name`. `message`: the reason why its proxies cannot be run as wanted; undefined: they can. */
  set(gateway: string, message: string | undefined): void {
    this.#reports.setProblem(gateway, message);
  }

  async close(): Promise<void> {
    this.#reports.close();
    await this.#notes.close();
  }
}

function ignore(): void {}
