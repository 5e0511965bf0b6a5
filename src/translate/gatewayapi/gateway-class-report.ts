import type { Reader } from '../reader.ts';
import { condition, type Condition } from './conditions.ts';
import { isOurClass } from './ownership.ts';
import { classParameters } from './parameters.ts';

export interface GatewayClassStatus {
  readonly conditions: readonly Condition[];
  readonly supportedFeatures: readonly { readonly name: string }[];
}

/** Wanted status of a GatewayClass; undefined when it names another controller. */
export function gatewayClassReport(reader: Reader, name: string): GatewayClassStatus | undefined {
  if (!isOurClass(reader, name)) return undefined;
  const generation = reader.row('GatewayClass', '', name)?.metadata.generation ?? 0;
  const parameters = classParameters(reader, name);
  return {
    conditions: [
      parameters.kind === 'invalid'
        ? condition('Accepted', 'False', generation, 'InvalidParameters', parameters.message)
        : condition('Accepted', 'True', generation, 'Accepted', 'Sluice serves Gateways of this class'),
    ],
    supportedFeatures: supportedFeatures.map((feature) => ({ name: feature })),
  };
}

/** Sorted, as the API asks. What the conformance suite then tests: https://gateway-api.sigs.k8s.io/geps/gep-2162/ */
const supportedFeatures = [
  'Gateway',
  'GatewayHTTPListenerIsolation',
  'GatewayHTTPSListenerDetectMisdirectedRequests',
  'GatewayPort8080',
  'HTTPRoute',
  'HTTPRoute303RedirectStatusCode',
  'HTTPRoute307RedirectStatusCode',
  'HTTPRoute308RedirectStatusCode',
  'HTTPRouteBackendProtocolH2C',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendRequestRedirect',
  'HTTPRouteBackendTimeout',
  'HTTPRouteBackendURLRewrite',
  'HTTPRouteCORS',
  'HTTPRouteDestinationPortMatching',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteNamedRouteRule',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestMirror',
  'HTTPRouteRequestMultipleMirrors',
  'HTTPRouteRequestPercentageMirror',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  'HTTPRouteRetry',
  'HTTPRouteRetryBackendTimeout',
  'HTTPRouteRetryConnectionError',
  'HTTPRouteSchemeRedirect',
  'ReferenceGrant',
] as const;
