import { contentHash } from '../lib/hash.ts';

/** Names of the clusters of a proxy's own bootstrap. */
export interface ClusterNames {
  readonly xds: string;
  readonly admin: string;
  readonly drain: string;
}

/**
 * Names that a plugin cannot guess, and that say nothing of the token which they are made of: logs may show them. Statistics
 * have names of their own (`alt_stat_name`), as everything that reaches a pod may read those.
 */
export function clusterNames(xdsToken: string): ClusterNames {
  const named = (name: string): string => `${name}-${contentHash(`${name} ${xdsToken}`)}`;
  return { xds: named('xds'), admin: named('admin'), drain: named('drain') };
}
