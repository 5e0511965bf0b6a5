import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { resourceKey, splitResourceKey } from '../lib/key.ts';
import { wasmModuleKey } from '../units/extension-name.ts';
import { filterSlots } from '../units/filter-slot.ts';
import { unitName } from '../units/unit.ts';
import type { ListenerTransport, ObjectName, UnitKind, UnitOf } from '../units/unit-def.ts';
import type { KindTable } from '../kinds/kind-table.ts';
import type { RouteKind } from '../kinds/route-kind.ts';
import type { UnsupportedPolicyKind } from '../kinds/target-kind.ts';
import { routePlaces } from './routes/bytes/route-places.ts';
import { slotResource } from './envoy/filter-slot.ts';
import { limitChainResource } from './envoy/local-limit.ts';
import { tokenChainResource } from './envoy/jwt.ts';
import { chainResource } from './envoy/plugin-chain.ts';
import { routeTableResources } from './envoy/route-configuration.ts';
import { backendReport } from './backends/backend-report.ts';
import { gatewayClassReport } from './gateways/gateway-class-report.ts';
import { referrerOf } from './listeners/referrer.ts';
import { effectiveListeners } from './listeners/effective-listeners.ts';
import { isAsked, routeTables } from './listeners/misdirected.ts';
import { carriesHttp } from './listeners/protocol.ts';
import { effectiveListenerSetKey, ourGatewayKey } from '../units/listener-rows.ts';
import { attachmentKey } from '../units/attachment-key.ts';
import { gatewayReport } from './gateways/gateway-report.ts';
import { absentClass } from './gateways/absent-class.ts';
import { listenerSetReport } from './gateways/listener-set-report.ts';
import { translateInfrastructure } from './gateways/infrastructure.ts';
import { listenerSetGateway, listenerSetRoute } from './attach/listener-set-parents.ts';
import { hostClaim, hostOwner } from './attach/host-owner.ts';
import { readOurGateway, readWholeGateway, wholeGatewayKeys } from './attach/ownership.ts';
import { attachedPolicies } from './policies/attachment/attached-policies.ts';
import { translateChain } from './policies/extension/chain.ts';
import { extensionReport } from './policies/extension/report.ts';
import { backendTlsReport } from './policies/backend-tls/report.ts';
import { lateHeaders } from './policies/client-traffic/late-headers.ts';
import { clientPolicyKeys } from './policies/client-traffic/port-policies.ts';
import { clientTrafficReport } from './policies/client-traffic/report.ts';
import { translateLimitChain } from './policies/traffic/local-limits.ts';
import { securityReport } from './policies/security/report.ts';
import { translateTokenChain } from './policies/security/tokens.ts';
import { wantedProvider } from './policies/security/wanted-provider.ts';
import { trafficReport } from './policies/traffic/report.ts';
import { unsupportedReport } from './policies/unsupported/report.ts';
import { routeReport } from './routes/route-report.ts';
import { wantedModule } from './filters/wasm-module.ts';
import { translateAttachedRoute } from './routes/http/attached-route.ts';
import { gatewayDomains, ownDomains } from './routes/gateway-domains.ts';
import { domainsUnit, ruleParts } from './route-parts.ts';
import { assignmentUnit, clusterUnit } from './cluster-units.ts';
import { listenerUnit } from './listener-units.ts';
import {
  backendAuthoritiesUnit,
  clientAuthoritiesUnit,
  clientChecksUnit,
  clientSecretUnit,
  credentialUnit,
  secretUnit,
  sessionKeyUnit,
} from './secret-units.ts';
import { tcpProxyUnit, udpClusterUnit, weightedEndpointsUnit } from './bytes-units.ts';
import { clusterRefs, gatewayKey, made, parts } from './unit-parts.ts';
import type { Reader } from './reader.ts';

export type Translation<U> = (unit: U, reader: Reader) => UnitOutput;

/** Kinds of objects that have a status by Sluice, and so a unit that reports on each. */
type ReportedKind = {
  [K in keyof KindTable]: KindTable[K] extends { readonly status: object } ? K : never;
}[keyof KindTable];

type Translations = { readonly [K in UnitKind]: Translation<UnitOf<K>> } & {
  readonly [K in ReportedKind]: Translation<ObjectName>;
};

/** Translations of each kind of unit, and of the objects' own units by the object's kind. */
export const translations: Translations = {
  GatewayClass: ({ name }, reader) => ({
    ...nothing,
    report: report('GatewayClass', '', name, gatewayClassReport(reader, name)),
  }),
  EffectiveListeners: (unit, reader) => ({ ...nothing, rows: effectiveListeners(reader, unit) }),
  ListenerSetGateway: (unit, reader) => ({ ...nothing, rows: listenerSetGateway(reader, unit) }),
  ListenerSetRoute: (unit, reader) => ({ ...nothing, rows: listenerSetRoute(reader, unit) }),
  AttachedPolicies: (unit, reader) => ({ ...nothing, rows: attachedPolicies(reader, unit) }),
  HostClaim: (unit, reader) => ({ ...nothing, rows: hostClaim(reader, unit) }),
  HostOwner: (unit, reader) => ({ ...nothing, rows: hostOwner(reader, unit) }),
  Gateway: translateGateway,
  Infrastructure: ({ kind, namespace, name }, reader) => ({
    ...nothing,
    report: report(kind, namespace, name, translateInfrastructure(reader, namespace, name)),
  }),
  Listener: listenerUnit,
  AttachedListenerSet({ namespace, name, set }, reader) {
    const { namespace: home, name: own } = splitResourceKey(set);
    reader.expect([
      ourGatewayKey(namespace, name),
      effectiveListenerSetKey(namespace, name, { namespace: home, name: own }),
    ]);
    const gateway = readOurGateway(reader, namespace, name);
    const row = gateway && reader.row('EffectiveListenerSet', namespace, `${name}/${home}/${own}`);
    if (gateway === undefined || row === undefined) return nothing;
    const from = referrerOf(namespace, { namespace: home, name: own });
    return domainsUnit(reader, gateway, set, from, (of) => ownDomains(gateway, row.listeners, of));
  },
  AttachedRoute(unit, reader) {
    const { fragments, absent, refs: owners, policies } = translateAttachedRoute(reader, unit, unit.route);
    const rules = ruleParts(fragments, absent);
    const refs = [...new Set([...owners, ...rules.flatMap((rule) => rule.refs)])].sort();
    return { ...nothing, fragments: parts(unit.route, fragments, policies), rules, refs };
  },
  ListenerSet({ namespace, name }, reader) {
    const found = listenerSetReport(reader, namespace, name);
    if (found === undefined) return nothing;
    const { status, gateway } = found;
    const attachments = gateway === undefined ? [] : [attachmentKey(gatewayKey(gateway), '')];
    return { ...nothing, report: report('ListenerSet', namespace, name, status), attachments };
  },
  HTTPRoute: route('HTTPRoute'),
  TLSRoute: route('TLSRoute'),
  TCPRoute: route('TCPRoute'),
  UDPRoute: route('UDPRoute'),
  GRPCRoute: route('GRPCRoute'),
  RoutePlaces: (unit, reader) => ({ ...nothing, rows: routePlaces(reader, unit) }),
  TcpProxy: tcpProxyUnit,
  UdpCluster: udpClusterUnit,
  WeightedEndpoints: weightedEndpointsUnit,
  Cluster: clusterUnit,
  ClusterLoadAssignment: assignmentUnit,
  EnvoyExtensionPolicy: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('EnvoyExtensionPolicy', namespace, name, extensionReport(reader, namespace, name)),
  }),
  Backend: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('Backend', namespace, name, backendReport(reader, namespace, name)),
  }),
  BackendTLSPolicy: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('BackendTLSPolicy', namespace, name, backendTlsReport(reader, namespace, name)),
  }),
  BackendTrafficPolicy: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('BackendTrafficPolicy', namespace, name, trafficReport(reader, namespace, name)),
  }),
  ClientTrafficPolicy: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('ClientTrafficPolicy', namespace, name, clientTrafficReport(reader, namespace, name)),
  }),
  EnvoyPatchPolicy: unsupported('EnvoyPatchPolicy'),
  SecurityPolicy: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('SecurityPolicy', namespace, name, securityReport(reader, namespace, name)),
  }),
  WasmModule(unit, reader) {
    const wanted = wantedModule(reader, unit);
    const { namespace, name } = splitResourceKey(wasmModuleKey(unit.namespace, unit.policy, unit.index));
    return { ...nothing, report: report(unit.kind, namespace, name, wanted) };
  },
  OidcProvider: ({ namespace, name }, reader) => ({
    ...nothing,
    report: report('OidcProvider', namespace, name, wantedProvider(reader, { namespace, name })),
  }),
  PluginChain(unit, reader) {
    const chain = translateChain(reader, unit);
    if (chain === undefined) return nothing;
    const clusters = chain.plugins.flatMap((plugin) => (plugin.type === 'ext_proc' ? [plugin.cluster] : []));
    const policies = [unit.own, unit.parent].flatMap((policy) =>
      policy === undefined ? [] : resourceKey('EnvoyExtensionPolicy', policy.namespace, policy.name),
    );
    const resources = [{ ...chainResource(chain), madeOf: policies }];
    return { ...nothing, resources, refs: clusterRefs(clusters) };
  },
  // No object is to blame: limits of a policy are checked before.
  LimitChain: ({ chain }) => ({
    ...nothing,
    resources: [{ ...limitChainResource(translateLimitChain(chain)), madeOf: [] }],
  }),
  TokenChain(unit, reader) {
    const chain = translateTokenChain(reader, unit);
    if (chain === undefined) return nothing;
    const clusters = chain.providers.flatMap(({ keys }) => (keys.kind === 'remote' ? [keys.cluster] : []));
    const policies = [unit.own, unit.parent].flatMap((policy) =>
      policy === undefined ? [] : resourceKey('SecurityPolicy', policy.namespace, policy.name),
    );
    const resources = [{ ...tokenChainResource(chain), madeOf: policies }];
    return { ...nothing, resources, refs: clusterRefs(clusters) };
  },
  ClientAuthorities: clientAuthoritiesUnit,
  ClientPolicyAuthorities: clientChecksUnit,
  BackendAuthorities: backendAuthoritiesUnit,
  Secret: secretUnit,
  Credential: credentialUnit,
  ClientSecret: clientSecretUnit,
  SessionKey: sessionKeyUnit,
};

function route(kind: RouteKind): Translation<ObjectName> {
  return ({ namespace, name }, reader) => {
    const found = routeReport(reader, kind, namespace, name);
    if (found === undefined) return nothing;
    const { parents, attachments, notices } = found;
    const status = parents.length === 0 ? undefined : { parents };
    return { ...nothing, report: report(kind, namespace, name, status), attachments, notices };
  };
}

function unsupported(kind: UnsupportedPolicyKind): Translation<ObjectName> {
  return ({ namespace, name }, reader) => ({
    ...nothing,
    report: report(kind, namespace, name, unsupportedReport(reader, kind, namespace, name)),
  });
}

function translateGateway({ namespace, name }: ObjectName, reader: Reader): UnitOutput {
  reader.expect([...wholeGatewayKeys(namespace, name), ...clientPolicyKeys({ namespace, name })]);
  const gateway = readWholeGateway(reader, namespace, name);
  if (gateway === undefined) return { ...nothing, notices: absentClass(reader, { namespace, name }) };
  const late = lateHeaders(reader, gateway);
  const tables = routeTables(gateway).map((table) => ({ ...table, lateHeaders: late.get(table.name) }));
  const ports = gateway.ports.toSorted((a, b) => a.port - b.port);
  const listener = (transport: ListenerTransport, port: number) =>
    unitName({ kind: 'Listener', namespace, name, transport, port });
  const from = referrerOf(namespace, undefined);
  const domains = domainsUnit(reader, gateway, gatewayKey(gateway), from, (of) =>
    gatewayDomains(gateway, tables, of),
  );
  const asked = ports.filter(({ byHostname }) => isAsked([...byHostname.values()]));
  return {
    ...domains,
    resources: made(
      gatewayKey(gateway),
      ...tables.flatMap(routeTableResources),
      ...(gateway.served.some(carriesHttp) ? slots : []),
    ),
    refs: [
      ...domains.refs,
      ...ports.map(({ transport, port }) => listener(transport, port)),
      ...asked.map(({ port }) => listener('internal', port)),
      ...gateway.filteredPorts.map((port) => listener('filtered', port)),
    ],
    report: report('Gateway', namespace, name, gatewayReport(reader, gateway)),
  };
}

const slots = Object.values(filterSlots).flatMap((names) => names.map(slotResource));

function report(
  kind: string,
  namespace: string,
  name: string,
  status: object | undefined,
): UnitOutput['report'] {
  if (status === undefined) return undefined;
  return { object: resourceKey(kind, namespace, name), status: JSON.stringify(status) };
}
