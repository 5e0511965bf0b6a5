import { configMapKind } from './core/config-map.ts';
import { endpointSliceKind } from './core/endpoint-slice.ts';
import { namespaceKind } from './core/namespace.ts';
import { secretKind } from './core/secret.ts';
import { serviceKind } from './core/service.ts';
import { envoyProxyKind } from './envoy-gateway/envoy-proxy.ts';
import { extensionPolicyKind } from './envoy-gateway/extension-policy.ts';
import { gatewayClassKind } from './gateway-api/gateway-class.ts';
import { gatewayKind } from './gateway-api/gateway.ts';
import { httpRouteKind } from './gateway-api/http-route.ts';
import { referenceGrantKind } from './gateway-api/reference-grant.ts';
import type { KindDef } from './kind-def.ts';

/**
 * Every kind that Sluice follows. What is watched, what the chart's RBAC rules allow, whose status is written and how, and
 * what translation waits for are derived from it.
 *
 * A kind is known by its bare name here and in every key, although only group and name together are its id: two members of
 * one name do not compile, so the short form is as unique, and keys stay short.
 */
export const kindTable = byName({
  GatewayClass: gatewayClassKind,
  Gateway: gatewayKind,
  HTTPRoute: httpRouteKind,
  ReferenceGrant: referenceGrantKind,
  EnvoyProxy: envoyProxyKind,
  EnvoyExtensionPolicy: extensionPolicyKind,
  Namespace: namespaceKind,
  Service: serviceKind,
  Secret: secretKind,
  ConfigMap: configMapKind,
  EndpointSlice: endpointSliceKind,
});

export type KindTable = typeof kindTable;

/** The kinds in the table's order. */
export const followedKinds: readonly KindDef[] = Object.values(kindTable);

/** The kind of that name; undefined for one that is not followed. */
export function kindOf(name: string): KindDef | undefined {
  return followed.get(name);
}

/** Names by which other objects refer to what users create beside them. */
export const awaitedKinds: ReadonlySet<string> = new Set(
  followedKinds.filter(({ role }) => role === 'backend' || role === 'support').map(({ kind }) => kind),
);

const followed: ReadonlyMap<string, KindDef> = new Map(followedKinds.map((def) => [def.kind, def]));

function byName<const T extends { readonly [K in keyof T]: KindDef & { readonly kind: K } }>(table: T): T {
  return table;
}
