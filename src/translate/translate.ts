import {
  noOutput as nothing,
  type RouteFragment,
  type UnitOutput,
  type XdsResource,
} from '../batch/outcome.ts';
import { resourceKey, splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { parseClusterName, parseEndpointsName, type EndpointsIdentity } from '../units/cluster-name.ts';
import { parseExtensionName, wasmModuleKey } from '../units/extension-name.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { unitName } from '../units/unit.ts';
import type { ListenerTransport, Unit } from '../units/unit-def.ts';
import { clusterResource } from './envoy/cluster.ts';
import { loadAssignmentResource } from './envoy/endpoint.ts';
import { listenerResource } from './envoy/listener.ts';
import { internalListenerResources } from './envoy/internal-listener.ts';
import { clientAuthoritiesResource, secretResource } from './envoy/secret.ts';
import { extensionResource } from './envoy/extension.ts';
import type { EncodedResource } from './envoy/resource.ts';
import { routeConfigurationResource, routeFragments } from './envoy/route-configuration.ts';
import { translateCluster } from './backends/cluster.ts';
import { translateEndpoints } from './backends/endpoints.ts';
import { translateExtension } from './filters/extension.ts';
import { gatewayClassReport } from './gateways/gateway-class-report.ts';
import { translateClientAuthorities } from './listeners/client-authorities.ts';
import { effectiveListeners } from './listeners/effective-listeners.ts';
import { askedName, isAsked, routeTables } from './listeners/misdirected.ts';
import { translateListener } from './listeners/gateway-listener.ts';
import { gatewayReport } from './gateways/gateway-report.ts';
import { translateInfrastructure } from './gateways/infrastructure.ts';
import { readOurGateway, readWholeGateway } from './attach/ownership.ts';
import { gatewayExtensions, routesSuffix } from './policies/plugins.ts';
import { policyReport } from './policies/policy-report.ts';
import { routeReport } from './routes/http/route-report.ts';
import { translateSecret } from './listeners/tls.ts';
import { wantedModule } from './filters/wasm-module.ts';
import { translateAttachedRoute } from './routes/http/attached-route.ts';
import { ownDomains } from './routes/own-domains.ts';
import type { FilterChainIR, RouteFragmentIR, RouteIR } from './ir.ts';
import type { Reader } from './reader.ts';

/**
 * Translates one unit from the rows that the reader gives: no I/O, no clock, no state but memos keyed by content, and
 * the same output for the same rows everywhere. A user's mistake is a condition or an answer of 500, never an exception.
 *
 * The reader may throw to end the unit; nothing here catches that.
 */
export function translateUnit(unit: Unit, reader: Reader): UnitOutput {
  switch (unit.kind) {
    case 'GatewayClass': {
      const status = gatewayClassReport(reader, unit.name);
      return { ...nothing, report: report('GatewayClass', '', unit.name, status) };
    }
    case 'EffectiveListeners':
      return { ...nothing, rows: effectiveListeners(reader, unit) };
    case 'Gateway':
      return translateGateway(unit.namespace, unit.name, reader);
    case 'Infrastructure': {
      const wanted = translateInfrastructure(reader, unit.namespace, unit.name);
      return { ...nothing, report: report(unit.kind, unit.namespace, unit.name, wanted) };
    }
    case 'Listener':
      return unit.transport === 'internal' ? translateInternal(unit, reader) : translatePort(unit, reader);
    case 'AttachedRoute': {
      const { namespace, name } = splitResourceKey(unit.route);
      const fragments = translateAttachedRoute(reader, unit, namespace, name);
      return { ...nothing, fragments: parts(unit.route, fragments), refs: clusterRefs(fragments) };
    }
    case 'HTTPRoute': {
      const found = routeReport(reader, unit.namespace, unit.name);
      if (found === undefined) return nothing;
      const status = { parents: found.parents };
      return {
        ...nothing,
        report: report('HTTPRoute', unit.namespace, unit.name, status),
        attachments: found.attachments,
      };
    }
    case 'Cluster': {
      const cluster = translateCluster(unit.cluster);
      return {
        ...nothing,
        resources: made(serviceKey(parseClusterName(unit.cluster)), clusterResource(cluster)),
        refs: [unitName({ kind: 'ClusterLoadAssignment', endpoints: cluster.endpoints })],
      };
    }
    case 'ClusterLoadAssignment': {
      const assignment = translateEndpoints(reader, unit.endpoints);
      if (assignment === undefined) return nothing;
      const service = serviceKey(parseEndpointsName(unit.endpoints));
      return { ...nothing, resources: made(service, loadAssignmentResource(assignment)) };
    }
    case 'EnvoyExtensionPolicy': {
      const status = policyReport(reader, unit.namespace, unit.name);
      return { ...nothing, report: report(unit.kind, unit.namespace, unit.name, status) };
    }
    case 'WasmModule': {
      const wanted = wantedModule(reader, unit);
      const { namespace, name } = splitResourceKey(wasmModuleKey(unit.namespace, unit.policy, unit.index));
      return { ...nothing, report: report(unit.kind, namespace, name, wanted) };
    }
    case 'Extension': {
      const extension = translateExtension(reader, unit);
      if (extension === undefined) return nothing;
      const policy = resourceKey('EnvoyExtensionPolicy', unit.namespace, unit.policy);
      return { ...nothing, resources: made(policy, extensionResource(extension)) };
    }
    case 'ClientAuthorities': {
      const { namespace, name, scope } = unit;
      const authorities = translateClientAuthorities(reader, namespace, name, scope);
      return {
        ...nothing,
        resources:
          authorities === undefined ? [] : made(gatewayKey(unit), clientAuthoritiesResource(authorities)),
      };
    }
    case 'Secret': {
      const secret = translateSecret(reader, unit.namespace, unit.name);
      if (secret === undefined) return nothing;
      const object = resourceKey(unit.kind, unit.namespace, unit.name);
      return { ...nothing, resources: made(object, secretResource(secret)) };
    }
  }
}

type ListenerUnit = Extract<Unit, { readonly kind: 'Listener' }>;

function translatePort(unit: ListenerUnit, reader: Reader): UnitOutput {
  const listener = translateListener(reader, unit.namespace, unit.name, unit.port);
  if (listener === undefined) return nothing;
  const secrets = new Set(listener.filterChains.flatMap(secretsOf));
  return {
    ...nothing,
    resources: made(gatewayKey(unit), listenerResource(listener)),
    refs: [
      ...[...secrets].sort().map((secret) => unitName(parseSecretName(secret))),
      ...listener.extensions.map((extension) => extensionUnit(extension.name)),
    ],
  };
}

function translateInternal({ namespace, name, port }: ListenerUnit, reader: Reader): UnitOutput {
  const gateway = readOurGateway(reader, namespace, name);
  if (gateway === undefined || !isAsked(gateway, port)) return nothing;
  const resources = internalListenerResources(askedName(gateway, port));
  return { ...nothing, resources: made(gatewayKey(gateway), ...resources) };
}

function translateGateway(namespace: string, name: string, reader: Reader): UnitOutput {
  const gateway = readWholeGateway(reader, namespace, name);
  if (gateway === undefined) return nothing;
  const tables = routeTables(gateway, routesSuffix(gatewayExtensions(reader, gateway)));
  const ports = [...gateway.ports.keys()].sort((a, b) => a - b);
  const listener = (transport: ListenerTransport) => (port: number) =>
    unitName({ kind: 'Listener', namespace, name, transport, port });
  return {
    ...nothing,
    resources: made(gatewayKey(gateway), ...tables.map(routeConfigurationResource)),
    fragments: parts(gatewayKey(gateway), ownDomains(gateway)),
    refs: [
      ...ports.map(listener('tcp')),
      ...ports.filter((port) => isAsked(gateway, port)).map(listener('internal')),
    ],
    report: report('Gateway', namespace, name, gatewayReport(reader, gateway)),
  };
}

function made(by: ResourceKey, ...resources: readonly EncodedResource[]): XdsResource[] {
  return resources.map((resource) => ({ ...resource, madeOf: [by] }));
}

function parts(owner: ResourceKey, fragments: readonly RouteFragmentIR[]): RouteFragment[] {
  return routeFragments(fragments).map((fragment) => ({ ...fragment, owner, madeOf: [owner] }));
}

function gatewayKey({ namespace, name }: { readonly namespace: string; readonly name: string }): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

function serviceKey({ namespace, service }: EndpointsIdentity): ResourceKey {
  return resourceKey('Service', namespace, service);
}

function report(
  kind: string,
  namespace: string,
  name: string,
  status: object | undefined,
): UnitOutput['report'] {
  if (status === undefined) return undefined;
  return { object: resourceKey(kind, namespace, name), status: JSON.stringify(status) };
}

/** The Clusters that must be with a proxy before these routes are, mirrors included. */
function clusterRefs(fragments: readonly RouteFragmentIR[]): UnitName[] {
  const entries = new Set(fragments.flatMap((fragment) => fragment.entries));
  const clusters = new Set([...entries].flatMap(({ routes }) => routes).flatMap(clustersOf));
  return [...clusters].sort().map((cluster) => unitName({ kind: 'Cluster', cluster }));
}

function clustersOf({ action, extensions }: RouteIR): string[] {
  const processors = extensions.flatMap((plugin) => (plugin.type === 'ext_proc' ? [plugin.cluster] : []));
  if (action.kind !== 'forward') return processors;
  return [
    ...processors,
    ...action.backends.flatMap((backend) => backend.cluster ?? []),
    ...action.mirrors.map((mirror) => mirror.cluster),
  ];
}

/** SDS names that a filter chain refers to. */
function secretsOf({ tls }: FilterChainIR): readonly string[] {
  if (tls === undefined) return [];
  return tls.clients === undefined ? tls.certificates : [...tls.certificates, tls.clients.authorities];
}

function extensionUnit(name: string): UnitName {
  return unitName({ kind: 'Extension', ...parseExtensionName(name) });
}
