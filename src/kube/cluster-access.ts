import type { RequestOptions } from 'node:https';
import { podAccess } from './pod-access.ts';

export interface ClusterAccessOptions {
  /** Path of a kubeconfig; undefined in a pod, whose own service account is used. */
  readonly kubeconfig?: string | undefined;
  /** Context of the kubeconfig; its current one unless given. */
  readonly context?: string | undefined;
}

/** Where the API server is, and how to be let in. */
export interface ClusterAccess {
  /** `https://host:port`. */
  readonly origin: string;
  /** The path of the server URL, as behind a proxy of several clusters; no slash at its end. */
  readonly pathPrefix: string;
  /** Fresh at each call: tokens and certificates of a pod are replaced while it runs. */
  credentials(): Promise<Credentials>;
}

/** Credentials of one request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** For `tls.connect`; a change of it needs new connections. */
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** Rejects with an Error of one line, for the user, when there is no usable way into a cluster. */
export async function openCluster({ kubeconfig, context }: ClusterAccessOptions): Promise<ClusterAccess> {
  if (kubeconfig === undefined) return podAccess();
  // Loaded when wanted: the library that reads kubeconfigs costs a pod 85 MB that it has no use for.
  const { KubeconfigAccess } = await import('./kubeconfig-access.ts');
  return new KubeconfigAccess(kubeconfig, context);
}
