import type { ClientTrafficPolicyRow } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';

/** Lists fields of a policy that have no effect, with their paths. */
export function leftOutOf({ spec, leftOut = [] }: ClientTrafficPolicyRow): string[] {
  const { http1, http3 } = spec;
  return [
    ...leftOut,
    ...(http3 ? ['spec.http3'] : []),
    ...(http1?.preserveHeaderCase === true ? ['spec.http1.preserveHeaderCase towards backends'] : []),
    ...(http1?.enableTrailers === true ? ['spec.http1.enableTrailers towards backends'] : []),
  ];
}

/** Lists fields for which another one is the newer form. */
export function deprecatedOf({ spec }: ClientTrafficPolicyRow): string[] {
  const { targetRef, enableProxyProtocol, headers, tls } = spec;
  return [
    ...(targetRef === undefined ? [] : ['spec.targetRef (targetRefs)']),
    ...(enableProxyProtocol === undefined ? [] : ['spec.enableProxyProtocol (proxyProtocol)']),
    ...(headers?.preserveXRequestID === undefined ? [] : ['spec.headers.preserveXRequestID (requestID)']),
    ...(tls?.clientValidation?.isOptionalGiven === true ? ['spec.tls.clientValidation.optional (mode)'] : []),
  ];
}
