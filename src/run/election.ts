import { randomBytes } from 'node:crypto';
import { LeaderElection, type LeaderElectionPorts } from '../kube/leader-election.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Cluster } from './cluster.ts';
import type { ReplicaIdentity } from './replica-identity.ts';

export interface ElectionPorts extends LeaderElectionPorts {
  readonly metrics: Metrics;
}

/** Started and closed by the caller. */
export function election(
  { api, namespace, options }: Cluster,
  lease: string,
  replica: ReplicaIdentity,
  { metrics, onElected, onLost, ...ports }: ElectionPorts,
): LeaderElection {
  const { leaseMs, renewMs } = options.leaderElection;
  // A restarted process in the same pod is another candidate.
  const identity = `${replica.name}_${randomBytes(4).toString('hex')}`;
  return new LeaderElection(
    api,
    { namespace, lease, identity, leaseMs, renewMs },
    {
      ...ports,
      onElected: () => {
        metrics.leader.set(1);
        metrics.leaderChanges.inc();
        onElected();
      },
      onLost: () => {
        metrics.leader.set(0);
        metrics.leaderChanges.inc();
        onLost();
      },
    },
  );
}
