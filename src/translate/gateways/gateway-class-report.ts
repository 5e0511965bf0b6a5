import { gatewayClassCrd } from '../../kinds/core/custom-resource-definition.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { isManaged, isOurClass } from '../attach/ownership.ts';
import { classParameters, parametersProblem } from './parameters.ts';

export interface GatewayClassStatus {
  readonly conditions: readonly Condition[];
  readonly supportedFeatures: readonly { readonly name: string }[];
}

export function gatewayClassReport(reader: Reader, name: string): GatewayClassStatus | undefined {
  if (!isOurClass(reader, name)) return undefined;
  const row = reader.row('GatewayClass', '', name);
  const metadata = row?.metadata;
  const generation = metadata?.generation ?? 0;
  const parameters = classParameters(reader, name);
  const unreadable = unreadableParts(metadata, 'metadata');
  const problem = unreadable.length > 0 ? describeUnreadable(unreadable) : parametersProblem(parameters);
  const features = isManaged(reader) ? [...supportedFeatures, ...managedFeatures] : supportedFeatures;
  return {
    conditions: [
      problem !== undefined
        ? condition('Accepted', 'False', generation, 'InvalidParameters', problem)
        : condition('Accepted', 'True', generation, 'Accepted', 'Sluice serves Gateways of this class'),
      ...supportedVersion(reader, generation),
      ...leftOutCondition(row?.leftOut, generation),
    ],
    supportedFeatures: features.toSorted().map((feature) => ({ name: feature })),
  };
}

/** Serves other releases as far as their fields go. Says nothing where no CRD is known, as in files. */
function supportedVersion(reader: Reader, generation: number): Condition[] {
  const crd = reader.row('CustomResourceDefinition', '', gatewayClassCrd);
  if (crd === undefined) return [];
  const { bundleVersion = 'of no version' } = crd.metadata;
  const installed = `the installed CRDs of Gateway API are ${bundleVersion}`;
  if (triedReleases.test(bundleVersion))
    return [condition('SupportedVersion', 'True', generation, 'SupportedVersion', installed)];
  const message = `${installed}; ${tried} are supported, others as far as their fields are the same`;
  return [condition('SupportedVersion', 'False', generation, 'UnsupportedVersion', message)];
}

/** Releases that the conformance suite is run with. */
const triedReleases = /^v1\.[67]\./;
const tried = 'v1.6 and v1.7';

/** Names of Gateway API 1.7, by which the conformance suite tests: https://gateway-api.sigs.k8s.io/geps/gep-2162/ */
export const supportedFeatures: readonly string[] = [
  'BackendTLSPolicy',
  'BackendTLSPolicySANValidation',
  'ClusterTrustBundle',
  'GRPCRoute',
  'GRPCRouteNamedRouteRule',
  'GRPCRouteRequestHeaderModifier',
  'Gateway',
  'GatewayBackendClientCertificate',
  'GatewayFrontendClientCertificateValidation',
  'GatewayFrontendClientCertificateValidationInsecureFallback',
  'GatewayHTTPListenerIsolation',
  'GatewayHTTPSListenerDetectMisdirectedRequests',
  'GatewayListenerFilters',
  'GatewayPort8080',
  'GatewayRouteHostnameIntersectionPrecedence',
  'HTTPRoute',
  'HTTPRoute303RedirectStatusCode',
  'HTTPRoute307RedirectStatusCode',
  'HTTPRoute308RedirectStatusCode',
  'HTTPRouteBackendProtocolH2C',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
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
  'HTTPRouteRetryCodes',
  'HTTPRouteRetryConnectionError',
  'HTTPRouteSchemeRedirect',
  'ListenerSet',
  'ReferenceGrant',
  'TCPRoute',
  'TLSRoute',
  'TLSRouteModeMixed',
  'TLSRouteModeTerminate',
  'UDPRoute',
];

/** Features that need Sluice to run the proxies. */
export const managedFeatures: readonly string[] = [
  'GatewayAddressEmpty',
  'GatewayAddressRoutability',
  'GatewayAddressRoutabilityCluster',
  'GatewayInfrastructure',
  'GatewayStaticAddresses',
];
