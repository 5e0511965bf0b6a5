import type { KindId } from './kinds.ts';

/** Kinds that policies may be for, with their groups. */
export const targetGroups = {
  Gateway: 'gateway.networking.k8s.io',
  HTTPRoute: 'gateway.networking.k8s.io',
  Service: '',
} as const;

export type TargetKind = keyof typeof targetGroups;

/** Kinds of policies that Sluice does not have yet; see `unsupported-policy.ts`. */
export type UnsupportedPolicyKind =
  | 'BackendTLSPolicy'
  | 'BackendTrafficPolicy'
  | 'ClientTrafficPolicy'
  | 'EnvoyPatchPolicy'
  | 'SecurityPolicy';

export type PolicyKindName = 'EnvoyExtensionPolicy' | UnsupportedPolicyKind;

/** As grants name the kinds of policies. */
export const policyIds = {
  BackendTLSPolicy: 'gateway.networking.k8s.io/BackendTLSPolicy',
  BackendTrafficPolicy: 'gateway.envoyproxy.io/BackendTrafficPolicy',
  ClientTrafficPolicy: 'gateway.envoyproxy.io/ClientTrafficPolicy',
  EnvoyExtensionPolicy: 'gateway.envoyproxy.io/EnvoyExtensionPolicy',
  EnvoyPatchPolicy: 'gateway.envoyproxy.io/EnvoyPatchPolicy',
  SecurityPolicy: 'gateway.envoyproxy.io/SecurityPolicy',
} as const satisfies Readonly<Record<PolicyKindName, KindId>>;
