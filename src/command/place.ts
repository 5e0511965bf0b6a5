import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { adminUrl } from './admin-url.ts';
import type { Input } from './command.ts';
import { bad, choiceFlag, flag, good } from './inputs.ts';

/** Place of a running Sluice, as a command line names it. */
export interface Place {
  readonly admin: URL | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

const localAdmin = 'http://127.0.0.1:19000';

const admin: Input<URL | undefined> = {
  as: 'flag',
  value: 'URL',
  help: 'ask this admin server alone',
  read([text]) {
    const url = text === undefined ? undefined : adminUrl(text);
    return text !== undefined && url === undefined
      ? bad(`must be an http:// URL, such as ${localAdmin}`)
      : good(url);
  },
};

/** Flags of every command that asks a running Sluice. */
export const placeInputs = {
  admin,
  kubeconfig: flag('FILE', 'ask the replicas in the cluster of this kubeconfig (default $KUBECONFIG)', {
    completes: 'path',
  }),
  context: flag('NAME', 'the context of the kubeconfig (default its current one)'),
  namespace: flag('NAME', 'the namespace of the replicas (default sluice-system)', { short: 'n' }),
};

export const outputInput = {
  output: choiceFlag(['table', 'json', 'yaml'], 'table', 'form of the output', { short: 'o' }),
};

export type Output = 'table' | 'json' | 'yaml';

export const placeText = `Without flags it asks the Sluice that runs on this machine, at ${localAdmin}, and where none does, all replicas in the
cluster of your kubeconfig, each through the API server as kubectl port-forward does. As kubectl sluice, it asks the
cluster. A replica that does not answer is named on standard error, and the others are shown; when none does, the exit
code is 2.`;

export type Target =
  | { readonly kind: 'admin'; readonly url: URL; readonly isDefault: boolean }
  | ClusterTarget;

export interface ClusterTarget {
  readonly kind: 'cluster';
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly namespace: string;
}

/** Lists what to ask, the next one where no Sluice answers at the one before. */
export function targetsOf(place: Place, env: NodeJS.ProcessEnv): readonly Target[] {
  if (place.admin !== undefined) return [{ kind: 'admin', url: place.admin, isDefault: false }];
  const cluster = clusterOf(place, env);
  const { kubeconfig, context, namespace } = place;
  const namesCluster = [kubeconfig, context, namespace].some((flagged) => flagged !== undefined);
  if (namesCluster || env['SLUICE_KUBECTL_PLUGIN'] !== undefined) return [cluster];
  const local: Target = { kind: 'admin', url: new URL(localAdmin), isDefault: true };
  return existsSync(cluster.kubeconfig) ? [local, cluster] : [local];
}

/** Returns the cluster of the flags, also where an admin server is asked for everything else. */
export function clusterOf(place: Place, env: NodeJS.ProcessEnv): ClusterTarget {
  const { kubeconfig = defaultKubeconfig(env), context, namespace = 'sluice-system' } = place;
  return { kind: 'cluster', kubeconfig, context, namespace };
}

/** Returns the first file that exists of the list that kubectl would merge. */
function defaultKubeconfig(env: NodeJS.ProcessEnv): string {
  const files = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return files.find((file) => existsSync(file)) ?? files[0] ?? join(homedir(), '.kube', 'config');
}
