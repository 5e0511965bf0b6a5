import { clusterTrustBundleKind } from './core/cluster-trust-bundle.ts';
import { configMapKind } from './core/config-map.ts';
import { customResourceDefinitionKind } from './core/custom-resource-definition.ts';
import { endpointSliceKind } from './core/endpoint-slice.ts';
import { namespaceKind } from './core/namespace.ts';
import { secretKind } from './core/secret.ts';
import { serviceKind } from './core/service.ts';
import { backendObjectKind } from './envoy-gateway/backend.ts';
import { backendTrafficPolicyKind } from './envoy-gateway/backend-traffic-policy.ts';
import { clientTrafficPolicyKind } from './envoy-gateway/client-traffic-policy.ts';
import { envoyProxyKind } from './envoy-gateway/envoy-proxy.ts';
import { extensionPolicyKind } from './envoy-gateway/extension-policy.ts';
import { backendTlsPolicyKind } from './gateway-api/backend-tls-policy.ts';
import { httpRouteFilterKind } from './envoy-gateway/http-route-filter.ts';
import { securityPolicyKind } from './envoy-gateway/security-policy.ts';
import { gatewayClassKind } from './gateway-api/gateway-class.ts';
import { gatewayKind } from './gateway-api/gateway.ts';
import { grpcRouteKind } from './gateway-api/grpc-route.ts';
import { httpRouteKind } from './gateway-api/http-route.ts';
import { listenerSetKind } from './gateway-api/listener-set.ts';
import { tcpRouteKind } from './gateway-api/tcp-route.ts';
import { tlsRouteKind } from './gateway-api/tls-route.ts';
import { udpRouteKind } from './gateway-api/udp-route.ts';
import { referenceGrantKind } from './gateway-api/reference-grant.ts';
import type { KindDef } from './kind-def.ts';
import { envoyPatchPolicyKind } from './unsupported-policy.ts';

/**
 * Kinds that Sluice follows. Watches, the chart's RBAC rules and the statuses that are written are derived from it. Keys
 * use a kind's bare name: two members of one name do not compile, so the short form is unique.
 */
export const kindTable = byName({
  GatewayClass: gatewayClassKind,
  Gateway: gatewayKind,
  ListenerSet: listenerSetKind,
  HTTPRoute: httpRouteKind,
  GRPCRoute: grpcRouteKind,
  TLSRoute: tlsRouteKind,
  TCPRoute: tcpRouteKind,
  UDPRoute: udpRouteKind,
  ReferenceGrant: referenceGrantKind,
  EnvoyProxy: envoyProxyKind,
  EnvoyExtensionPolicy: extensionPolicyKind,
  Backend: backendObjectKind,
  HTTPRouteFilter: httpRouteFilterKind,
  SecurityPolicy: securityPolicyKind,
  BackendTrafficPolicy: backendTrafficPolicyKind,
  ClientTrafficPolicy: clientTrafficPolicyKind,
  EnvoyPatchPolicy: envoyPatchPolicyKind,
  BackendTLSPolicy: backendTlsPolicyKind,
  CustomResourceDefinition: customResourceDefinitionKind,
  Namespace: namespaceKind,
  Service: serviceKind,
  Secret: secretKind,
  ConfigMap: configMapKind,
  ClusterTrustBundle: clusterTrustBundleKind,
  EndpointSlice: endpointSliceKind,
});

export type KindTable = typeof kindTable;

function byName<const T extends { readonly [K in keyof T]: KindDef & { readonly kind: K } }>(table: T): T {
  return table;
}
