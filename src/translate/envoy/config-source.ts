import { ApiVersion, type ConfigSource } from '../../../proto/gen/envoy/config/core/v3/config_source.ts';

/**
 * FROZEN. Envoy knows a subscription by the resource's name *and these bytes*. A release that changed one of them would
 * make every proxy subscribe again, without an answer while the old subscription holds the name: Envoy Gateway 1.9.1 lost
 * TLS on whole fleets that way (envoyproxy/gateway#9918, envoyproxy/envoy#47309). A test holds the bytes. 15 s is Envoy's
 * own default. Not 0, which waits without end: EDS returns to the endpoints it had only on this timeout, and a Secret that
 * never comes would block unrelated clusters (envoyproxy/envoy#47066).
 */
export const adsConfigSource: ConfigSource = {
  configSourceSpecifier: { $case: 'ads', value: {} },
  initialFetchTimeout: { seconds: 15, nanos: 0 },
  resourceApiVersion: ApiVersion.V3,
};
