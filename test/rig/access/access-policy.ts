import { policy } from '../objects/manifests.ts';

/** The parts of a SecurityPolicy that the model of access knows, as an author writes them. */
export interface AccessSpec {
  readonly mergeType?: 'JSONMerge' | 'StrategicMerge' | undefined;
  readonly basicAuth?: { readonly users: SecretName } | undefined;
  readonly apiKeyAuth?: ApiKeys | undefined;
  readonly jwt?: Tokens | undefined;
  readonly extAuth?: { readonly grpc: object; readonly failOpen?: boolean } | undefined;
  readonly authorization?: Authorization | undefined;
}

export interface SecretName {
  readonly name: string;
  readonly namespace?: string;
}

export interface ApiKeys {
  readonly credentialRefs: readonly SecretName[];
  readonly extractFrom: readonly KeySource[];
}

export type KeyPlace = 'headers' | 'params' | 'cookies';
export type KeySource = { readonly [Place in KeyPlace]?: readonly string[] };

export interface Tokens {
  readonly optional?: boolean;
  readonly failOpen?: boolean;
  readonly providers: readonly Provider[];
}

export interface Provider {
  readonly name: string;
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly localJWKS:
    | { readonly inline: string }
    | { readonly type: 'ValueRef'; readonly valueRef: { readonly kind: string; readonly name: string } };
  readonly extractFrom: object;
}

export interface Authorization {
  readonly rules?: readonly Rule[];
  readonly defaultAction?: Action;
}

export type Action = 'Allow' | 'Deny';

export interface Rule {
  readonly action: Action;
  readonly principal: {
    readonly clientCIDRs?: readonly string[] | undefined;
    readonly headers?: readonly { readonly name: string; readonly values: readonly string[] }[] | undefined;
    readonly jwt?:
      | {
          readonly provider: string;
          readonly scopes?: readonly string[] | undefined;
          readonly claims?: readonly Claim[] | undefined;
        }
      | undefined;
  };
  readonly operation?: {
    readonly methods?: readonly string[] | undefined;
    readonly path?: PathTest | undefined;
  };
}

interface Claim {
  readonly name: string;
  readonly valueType?: 'String' | 'StringArray';
  readonly values: readonly string[];
}

export interface PathTest {
  readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
  readonly invert?: boolean;
}

export interface AccessPolicy {
  readonly name: string;
  readonly namespace: string;
  readonly created: string;
  readonly targets: readonly AccessTarget[];
  readonly spec: AccessSpec;
  /** Fields that cannot be read, or that no release knows. */
  readonly fault: object | undefined;
}

export interface AccessTarget {
  readonly kind: 'Gateway' | 'HTTPRoute' | 'ListenerSet';
  readonly name: string;
  readonly sectionName?: string | undefined;
  /** True: by its labels, which only routes have here. */
  readonly isSelected?: boolean;
}

export function manifestOf({ name, namespace, created, targets, spec, fault }: AccessPolicy): object {
  const targetRefs = targets
    .filter(({ isSelected }) => isSelected !== true)
    .map(({ kind, name: of, sectionName }) => ({ kind, name: of, sectionName }));
  const targetSelectors = targets
    .filter(({ isSelected }) => isSelected === true)
    .map(({ kind, name: of }) => ({ kind, matchLabels: { route: of } }));
  const metadata = { name, namespace, creationTimestamp: created };
  return policy('SecurityPolicy', { targetRefs, targetSelectors, ...spec, ...fault }, metadata);
}
