import type { GatewayRow } from './gateway-api/gateway.ts';
import type { GatewayClassRow } from './gateway-api/gateway-class.ts';
import type { HTTPRouteRow } from './gateway-api/http-route.ts';
import type { ReferenceGrantRow } from './gateway-api/reference-grant.ts';
import type { NamespaceRow } from './core/namespace.ts';
import type { ServiceRow } from './core/service.ts';
import type { EndpointSliceRow } from './core/endpoint-slice.ts';
import type { EnvoyProxyRow } from './envoy-gateway/envoy-proxy.ts';
import type { ExtensionPolicyRow } from './envoy-gateway/extension-policy.ts';
import type { SecretRow } from './core/secret.ts';
import type { ConfigMapRow } from './core/config-map.ts';
import type { SettingsRow } from './own/settings.ts';
import type { WasmModuleRow } from './own/wasm-module.ts';

/** What a worker gets for each kind that Sluice follows. */
export interface RowTypes {
  readonly GatewayClass: GatewayClassRow;
  readonly Gateway: GatewayRow;
  readonly HTTPRoute: HTTPRouteRow;
  readonly ReferenceGrant: ReferenceGrantRow;
  readonly Namespace: NamespaceRow;
  readonly Service: ServiceRow;
  readonly EndpointSlice: EndpointSliceRow;
  readonly EnvoyProxy: EnvoyProxyRow;
  readonly EnvoyExtensionPolicy: ExtensionPolicyRow;
  readonly Secret: SecretRow;
  readonly ConfigMap: ConfigMapRow;
  /** Not a Kubernetes object: the part of the config file that translation reads, as one row. */
  readonly Settings: SettingsRow;
  /** Not a Kubernetes object either: what the module keeper has found out. */
  readonly WasmModule: WasmModuleRow;
}

export type Kind = keyof RowTypes;
