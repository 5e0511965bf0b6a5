import { contentHash } from '../lib/hash.ts';

export interface ClusterNames {
  readonly xds: string;
  readonly admin: string;
  readonly drain: string;
}

/** Names that a plugin cannot guess and logs may show. Statistics use `alt_stat_name`, as anyone may read those. */
export function clusterNames(xdsToken: string): ClusterNames {
  const named = (name: string): string => `${name}-${contentHash(`${name} ${xdsToken}`)}`;
  return { xds: named('xds'), admin: named('admin'), drain: named('drain') };
}
