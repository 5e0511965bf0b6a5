import type { KindId } from './kinds.ts';
import type { PolicyKindName } from './target-kind.ts';

export const policyIds = {
  BackendTLSPolicy: 'gateway.networking.k8s.io/BackendTLSPolicy',
  BackendTrafficPolicy: 'gateway.envoyproxy.io/BackendTrafficPolicy',
  ClientTrafficPolicy: 'gateway.envoyproxy.io/ClientTrafficPolicy',
  EnvoyExtensionPolicy: 'gateway.envoyproxy.io/EnvoyExtensionPolicy',
  EnvoyPatchPolicy: 'gateway.envoyproxy.io/EnvoyPatchPolicy',
  SecurityPolicy: 'gateway.envoyproxy.io/SecurityPolicy',
} as const satisfies Readonly<Record<PolicyKindName, KindId>>;
