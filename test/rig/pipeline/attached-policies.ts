import * as m from '../objects/manifests.ts';
import { Pipeline, type Condition } from './pipeline.ts';

export const kind = 'EnvoyExtensionPolicy';
export const lua = [{ inline: 'function envoy_on_request(handle) end' }];
export const toRoute = (name: string, sectionName?: string): object => ({
  kind: 'HTTPRoute',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
export const toGateway = (sectionName?: string): object => ({
  kind: 'Gateway',
  name: 'web',
  ...(sectionName === undefined ? {} : { sectionName }),
});

export const backends = { backendRefs: [m.backend()] };
export const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), m.httpListener({ name: 'extra', port: 8080 })]),
  m.service(),
];

export function routeOf(name: string, options: m.RouteOptions = {}): object {
  const rules = [
    { name: 'all', ...backends },
    { name: 'part', matches: [m.prefix('/part')], ...backends },
  ];
  return m.httpRoute(rules, { name, hostnames: [`${name}.test`], ...options });
}

export function policy(
  name: string,
  spec: object,
  created = '2026-01-01T00:00:00Z',
  namespace = 'default',
): object {
  return m.policy(kind, { lua, ...spec }, { name, namespace, creationTimestamp: created });
}

export async function started(...manifests: readonly object[]): Promise<Pipeline> {
  return Pipeline.started([...base, ...manifests], { settings: { lua: true } });
}

interface Ancestor {
  readonly ancestorRef: { readonly name: string; readonly sectionName?: string };
  readonly conditions: readonly Condition[];
}

export function ancestors(
  pipeline: Pipeline,
  name: string,
  of = kind,
  namespace = 'default',
): readonly Ancestor[] {
  const status = pipeline.status(of, name, namespace) as { ancestors: readonly Ancestor[] } | undefined;
  return status?.ancestors ?? [];
}

export function condition(pipeline: Pipeline, name: string, type: string, of = kind): Condition | undefined {
  return ancestors(pipeline, name, of)[0]?.conditions.find((one) => one.type === type);
}

export const later = '2026-02-01T00:00:00Z';
