import type { LeaderElection } from '../kube/leader-election.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import type { WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { ObservedStatus, StatusWritten } from '../kinds/observed-status.ts';
import type { StatusWriterPorts } from '../status/status-writer-ports.ts';
import type { Cluster } from './cluster.ts';
import { election } from './election.ts';
import { noticeWriter, type NoticesPorts } from './notices.ts';
import type { ReplicaIdentity } from './replica-identity.ts';
import { Proxies, type Certificates } from './proxies.ts';
import { statusWriter } from './statuses.ts';

export interface LeaderPorts extends NoticesPorts, Pick<StatusWriterPorts, 'wanted' | 'write'> {
  /** Called when {@link Leader.proxyProblem} of a fleet may have changed. */
  readonly onProxyProblem: (fleet: FleetKey) => void;
}

const notLeading: StatusWritten = {
  kind: 'failed',
  reason: 'unavailable',
  message: 'this replica leads no more',
  retryAfterMs: 0,
};

/** Writes statuses and runs proxies for all replicas. Each replica stays up to date, so any can take over. */
export class Leader {
  readonly #election: LeaderElection;
  readonly #statuses: ReturnType<typeof statusWriter>;
  readonly #notices: ReturnType<typeof noticeWriter>;
  readonly #proxies: Proxies | undefined;

  /** Runs no proxies without `certificates`, or where another process runs them. */
  constructor(
    cluster: Cluster,
    replica: ReplicaIdentity,
    certificates: Certificates | undefined,
    ports: LeaderPorts,
  ) {
    const { options } = cluster;
    const { log, clock, metrics } = ports;
    // After a long pause the process may have lost the Lease before `onLost` is called.
    const isLeader = (): boolean => this.#election.isLeader();
    this.#statuses = statusWriter(options.status, {
      ...ports,
      write: async (object, patch, signal) => (isLeader() ? ports.write(object, patch, signal) : notLeading),
    });
    this.#notices = noticeWriter(cluster, replica.name, ports);
    const { enabled, process: runBy } = options.infrastructure;
    if (enabled && runBy === 'serve' && certificates !== undefined)
      this.#proxies = new Proxies(cluster, certificates, { ...ports, isLeader });
    this.#election = election(cluster, options.leaderElection.lease, replica, {
      log,
      clock,
      metrics,
      onElected: () => {
        this.#statuses.start();
        this.#notices.start();
        this.#proxies?.start();
      },
      onLost: () => {
        void this.#statuses.stop();
        void this.#notices.stop();
        void this.#proxies?.stop();
      },
    });
  }

  /** Called when everything was translated once: a leader writes each status that differs. */
  start(): void {
    this.#election.start();
  }

  statusChanged(object: ResourceKey): void {
    this.#statuses.changed(object);
  }

  statusObserved(object: ResourceKey, observed: ObservedStatus | undefined): void {
    this.#statuses.observed(object, observed);
  }

  /** `notice`: its JSON. */
  noticeChanged(notice: string, isTrue: boolean): void {
    this.#notices.changed(notice, isTrue);
  }

  infrastructureChanged(fleet: FleetKey, wanted: WantedInfrastructure | undefined): void {
    this.#proxies?.set(fleet, wanted);
  }

  /** Returns the reason why the proxies cannot be run as wanted; undefined also where this replica does not lead. */
  proxyProblem(fleet: FleetKey): string | undefined {
    return this.#proxies?.problem(fleet);
  }

  /** Resolves when no write is under way; then another replica may lead. */
  async close(): Promise<void> {
    await this.#election.close();
    await Promise.all([this.#statuses.stop(), this.#notices.stop(), this.#proxies?.close()]);
  }
}
