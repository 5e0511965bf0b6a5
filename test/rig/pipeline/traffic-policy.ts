import * as m from '../objects/manifests.ts';
import { Pipeline, type Condition } from './pipeline.ts';

export const gatewayTarget = { kind: 'Gateway', name: 'web' };
const routeTarget = { kind: 'HTTPRoute', name: 'shop' };
export const backends = { backendRefs: [m.backend()] };
const shop = m.httpRoute([{ name: 'buy', ...backends }], { name: 'shop', hostnames: ['shop.test'] });
export const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  shop,
];

interface RouteJson {
  readonly name: string;
  readonly route?: Readonly<Record<string, unknown>>;
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<Record<string, object>>;
}

interface Served {
  readonly routes: readonly RouteJson[];
  readonly accepted: Condition | undefined;
  readonly conditions: readonly Condition[];
}

export async function served(policies: readonly object[], more: readonly object[] = []): Promise<Served> {
  const pipeline = await Pipeline.started([...base, ...more, ...policies]);
  const client = await pipeline.connected();
  const { virtualHosts } = client.routes('default/web/80:*') as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly RouteJson[] }[];
  };
  const routes = virtualHosts.find(({ domains }) => domains.includes('shop.test'))?.routes ?? [];
  const status = pipeline.status('BackendTrafficPolicy', 'policy') as
    | { ancestors: readonly { conditions: readonly Condition[] }[] }
    | undefined;
  const conditions = status?.ancestors[0]?.conditions ?? [];
  return { routes, conditions, accepted: conditions.find(({ type }) => type === 'Accepted') };
}

export function traffic(spec: object, options: object = {}): object {
  return m.policy('BackendTrafficPolicy', { targetRefs: [routeTarget], ...spec }, options);
}
