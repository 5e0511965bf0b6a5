import * as m from '../objects/manifests.ts';
import { selfSigned, tlsSecret } from '../objects/certificate.ts';
import { Pipeline, type Condition } from './pipeline.ts';

export const toGateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' };

export function toListener(sectionName: string): object {
  return { ...toGateway, sectionName };
}

/** For the whole Gateway, unless it names targets. */
export function clientPolicy(spec: object, options: object = {}): object {
  return m.policy('ClientTrafficPolicy', { targetRefs: [toGateway], ...spec }, options);
}

export function httpsListener(name: string, hostname: string, port = 443): object {
  return { name, hostname, port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };
}

const app = [
  m.gatewayClass(),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  tlsSecret('cert', selfSigned(['a.test', 'b.test'])),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
];

/** Ports 80 and 443, the latter with two hostnames. */
export const listeners = [m.httpListener(), httpsListener('a', 'a.test'), httpsListener('b', 'b.test')];

interface ChainJson {
  readonly name: string;
  readonly filters: readonly {
    readonly name: string;
    readonly typedConfig: Readonly<Record<string, unknown>>;
  }[];
  readonly transportSocket?: { readonly typedConfig: Readonly<Record<string, unknown>> };
}

/** A Gateway with policies, and a proxy of it. */
export class ClientFixture {
  readonly pipeline: Pipeline;
  readonly client: Awaited<ReturnType<Pipeline['connected']>>;

  private constructor(pipeline: Pipeline, client: Awaited<ReturnType<Pipeline['connected']>>) {
    this.pipeline = pipeline;
    this.client = client;
  }

  static async started(more: readonly object[], gateway = m.gateway(listeners)): Promise<ClientFixture> {
    const pipeline = await Pipeline.started([...app, gateway, ...more]);
    return new ClientFixture(pipeline, await pipeline.connected());
  }

  listener(port: number): object {
    return this.client.json('LDS', `default/web/${port}`);
  }

  chain(port: number, hostname: string): ChainJson {
    const { filterChains } = this.listener(port) as { readonly filterChains: readonly ChainJson[] };
    const found = filterChains.find(({ name }) => name === `default/web/${port}:${hostname}`);
    if (found === undefined) throw new Error(`no chain of ${hostname} at ${port}`);
    return found;
  }

  /** Config of the HTTP server. */
  http(port: number, hostname = '*'): Readonly<Record<string, unknown>> {
    const name = 'envoy.filters.network.http_connection_manager';
    const found = this.chain(port, hostname).filters.find((filter) => filter.name === name);
    if (found === undefined) throw new Error(`no HTTP at ${port}`);
    return found.typedConfig;
  }

  /** True when the HTTP server answers 500 to all. */
  isClosed(port: number, hostname = '*'): boolean {
    return 'routeConfig' in this.http(port, hostname);
  }

  /** Conditions of the policy's first ancestor, or of that with the section. */
  condition(type: string, name = 'policy', section?: string): Condition | undefined {
    const status = this.pipeline.status('ClientTrafficPolicy', name) as
      | {
          readonly ancestors: readonly {
            readonly ancestorRef: { readonly sectionName?: string };
            readonly conditions: readonly Condition[];
          }[];
        }
      | undefined;
    const of = status?.ancestors.find(
      ({ ancestorRef }) => section === undefined || ancestorRef.sectionName === section,
    );
    return of?.conditions.find((condition) => condition.type === type);
  }
}
