import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { failureText } from '../lib/failure.ts';
import { withoutTrailing } from '../lib/without-trailing.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

/** Cluster access from a kubeconfig. No other file uses the library for kubeconfigs. */
export class KubeconfigAccess implements ClusterAccess {
  readonly origin: string;
  readonly pathPrefix: string;
  readonly #kubeConfig: KubeConfig;
  #asked: Promise<Credentials> | undefined;

  constructor(name: string, context: string | undefined) {
    const kubeConfig = fromFile(name, context);
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null)
      throw new Error(
        `${name}: context ${kubeConfig.currentContext} names a cluster that the file does not have`,
      );
    if (kubeConfig.getCurrentUser() === null)
      throw new Error(
        `${name}: context ${kubeConfig.currentContext} names a user that the file does not have`,
      );
    const url = URL.parse(cluster.server);
    if (url === null) throw new Error(`${name}: the server of its cluster is no URL`);
    if (cluster.proxyUrl !== undefined) throw new Error(`${name}: proxy-url is not supported: remove it`);
    if (url.protocol !== 'https:') {
      if (!isLoopback(url.hostname))
        throw new Error(`${name}: the server of its cluster must use https, or a loopback address`);
      // The library refuses plain HTTP without this; there is no certificate to verify.
      kubeConfig.clusters = kubeConfig.clusters.map((one) => ({ ...one, skipTLSVerify: true }));
    }
    this.origin = url.origin;
    this.pathPrefix = withoutTrailing(url.pathname, '/');
    this.#kubeConfig = kubeConfig;
  }

  credentials(): Promise<Credentials> {
    // Calls at the same time share one answer: each may start a credential helper.
    this.#asked ??= this.#read().finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  async #read(): Promise<Credentials> {
    const options: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (typeof options.auth === 'string')
      headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    return { headers, tls: { ca, cert, key, servername, rejectUnauthorized } };
  }
}

function fromFile(file: string, context: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    readFileSync(file);
  } catch (error) {
    throw new Error(`${file}: cannot be read (${failureText(error)})`, { cause: error });
  }
  try {
    kubeConfig.loadFromFile(file);
  } catch (error) {
    // The parser's message quotes the file, which holds keys.
    throw new Error(`${file}: is no kubeconfig`, { cause: error });
  }
  if (context !== undefined) kubeConfig.setCurrentContext(context);
  if (kubeConfig.getContextObject(kubeConfig.currentContext) === null) {
    const name = kubeConfig.currentContext;
    throw new Error(
      name
        ? `${file}: has no context ${name}`
        : `${file}: has no current-context; set it or provider.kubernetes.context`,
    );
  }
  return kubeConfig;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}
