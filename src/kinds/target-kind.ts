/** Kinds that policies can target, with their groups. */
export const targetGroups = {
  Gateway: 'gateway.networking.k8s.io',
  ListenerSet: 'gateway.networking.k8s.io',
  HTTPRoute: 'gateway.networking.k8s.io',
  GRPCRoute: 'gateway.networking.k8s.io',
  TLSRoute: 'gateway.networking.k8s.io',
  TCPRoute: 'gateway.networking.k8s.io',
  UDPRoute: 'gateway.networking.k8s.io',
  Service: '',
  Backend: 'gateway.envoyproxy.io',
} as const;

export type TargetKind = keyof typeof targetGroups;

export type UnsupportedPolicyKind = 'EnvoyPatchPolicy';

export type PolicyKindName =
  | 'BackendTLSPolicy'
  | 'BackendTrafficPolicy'
  | 'ClientTrafficPolicy'
  | 'EnvoyExtensionPolicy'
  | 'SecurityPolicy'
  | UnsupportedPolicyKind;
