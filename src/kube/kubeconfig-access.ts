import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { failureText } from '../lib/failure.ts';
import { withoutTrailing } from '../lib/without-trailing.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

/** The way into a cluster that a kubeconfig describes. The library that reads kubeconfigs ends here. */
export class KubeconfigAccess implements ClusterAccess {
  readonly origin: string;
  readonly pathPrefix: string;
  readonly #kubeConfig: KubeConfig;
  #asked: Promise<Credentials> | undefined;

  /** `context`: its current one unless given. Throws an Error of one line, for the user, when it is of no use. */
  constructor(name: string, context: string | undefined) {
    const kubeConfig = fromFile(name, context);
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null)
      throw new Error(`${name}: its context ${kubeConfig.currentContext} names no cluster that it has`);
    if (kubeConfig.getCurrentUser() === null)
      throw new Error(`${name}: its context ${kubeConfig.currentContext} names no user that it has`);
    const url = URL.parse(cluster.server);
    if (url === null) throw new Error(`${name}: its server is no URL`);
    if (cluster.proxyUrl !== undefined) throw new Error(`${name}: proxy-url is not supported`);
    if (url.protocol !== 'https:') {
      if (!isLoopback(url.hostname))
        throw new Error(`${name}: its server must have https, or be on a loopback address`);
      // The library refuses plain HTTP otherwise; there is nothing to verify in it.
      kubeConfig.clusters = kubeConfig.clusters.map((one) => ({ ...one, skipTLSVerify: true }));
    }
    this.origin = url.origin;
    this.pathPrefix = withoutTrailing(url.pathname, '/');
    this.#kubeConfig = kubeConfig;
  }

  credentials(): Promise<Credentials> {
    // Calls at the same time share one answer, as each may start a credential helper.
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
    throw new Error(name ? `${file}: has no context ${name}` : `${file}: has no current-context`);
  }
  return kubeConfig;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}
