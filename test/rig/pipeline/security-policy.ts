import type { DeltaClient } from '../xds/delta-client.ts';
import * as m from '../objects/manifests.ts';
import { Pipeline, type Condition } from './pipeline.ts';

export const gatewayTarget = { kind: 'Gateway', name: 'web' };
export const routeTarget = { kind: 'HTTPRoute', name: 'shop' };
const backends = { backendRefs: [m.backend()] };

/** A route with two rules, another route, and a second listener. */
export const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), m.httpListener({ name: 'extra', port: 8080 })]),
  m.service(),
  m.service('far'),
  m.service('auth'),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute(
    [
      { name: 'buy', ...backends },
      { name: 'look', matches: [m.prefix('/look')], ...backends },
    ],
    { name: 'shop', hostnames: ['shop.test'] },
  ),
  m.httpRoute([{ backendRefs: [m.backend('far')] }], { name: 'other', hostnames: ['other.test'] }),
];

export interface RouteJson {
  readonly name: string;
  readonly route?: Readonly<Record<string, unknown>>;
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<Record<string, object>>;
}

export function security(spec: object, options: object = {}): object {
  return m.policy('SecurityPolicy', { targetRefs: [routeTarget], ...spec }, options);
}

export function secret(name: string, stringData: object, namespace = 'default'): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', stringData };
}

/** Returns routes of a host in the order in which Envoy tries them: the longer path first. */
function routesOf(client: DeltaClient, host: string, port = 80): readonly RouteJson[] {
  const { virtualHosts } = client.routes(`default/web/${port}:*`) as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly RouteJson[] }[];
  };
  return virtualHosts.find(({ domains }) => domains.includes(host))?.routes ?? [];
}

/** Returns answers of a host, route by route: the proxy's own status, or `forwarded`. */
export function answers(client: DeltaClient, host: string, port = 80): (number | string)[] {
  return routesOf(client, host, port).map(({ directResponse }) => directResponse?.status ?? 'forwarded');
}

export function conditionsOf(pipeline: Pipeline, name = 'policy'): readonly Condition[] {
  const status = pipeline.status('SecurityPolicy', name) as
    | { ancestors: readonly { conditions: readonly Condition[] }[] }
    | undefined;
  return status?.ancestors[0]?.conditions ?? [];
}

export async function started(...policies: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...policies]);
  return { pipeline, client: await pipeline.connected() };
}

/** Returns the route of rule `buy`, and the condition of the policy. */
export async function served(...policies: readonly object[]) {
  const { pipeline, client } = await started(...policies);
  const accepted = conditionsOf(pipeline).find(({ type }) => type === 'Accepted');
  const route = routesOf(client, 'shop.test').at(-1);
  return { pipeline, client, route, filters: route?.typedPerFilterConfig ?? {}, accepted };
}
