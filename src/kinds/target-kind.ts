/** Kinds that policies can target, with their groups. */
export const targetGroups = {
  Gateway: 'gateway.networking.k8s.io',
  HTTPRoute: 'gateway.networking.k8s.io',
  Service: '',
} as const;

export type TargetKind = keyof typeof targetGroups;

/** Kinds of policies that Sluice does not support yet; see `unsupported-policy.ts`. */
export type UnsupportedPolicyKind =
  | 'BackendTLSPolicy'
  | 'BackendTrafficPolicy'
  | 'ClientTrafficPolicy'
  | 'EnvoyPatchPolicy'
  | 'SecurityPolicy';

export type PolicyKindName = 'EnvoyExtensionPolicy' | UnsupportedPolicyKind;
