import type { RequestOptions } from 'node:https';
import { plainKubeconfig } from './plain-kubeconfig.ts';
import { podAccess } from './pod-access.ts';

export interface ClusterAccessOptions {
  /** Path of a kubeconfig; undefined in a pod, whose own service account is used. */
  readonly kubeconfig?: string | undefined;
  /** Default: the current context of the kubeconfig. */
  readonly context?: string | undefined;
}

export interface ClusterAccess {
  readonly origin: string;
  /** Path of the server URL, as for a proxy of several clusters; without a slash at its end. */
  readonly pathPrefix: string;
  /** Read at each call: tokens and certificates of a pod are replaced while it runs. */
  credentials(): Promise<Credentials>;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Options for `tls.connect`; a change needs new connections. */
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** Opens the access to a cluster. Rejects with an Error of one line for the user. */
export async function openCluster({ kubeconfig, context }: ClusterAccessOptions): Promise<ClusterAccess> {
  if (kubeconfig === undefined) return podAccess();
  const plain = plainKubeconfig(kubeconfig, context);
  if (plain !== undefined) return plain;
  // Imported on demand, as it costs up to 85 MiB.
  const { KubeconfigAccess } = await import('./kubeconfig-access.ts');
  return new KubeconfigAccess(kubeconfig, context);
}
