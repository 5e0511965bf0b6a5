import { contentHash } from '../lib/hash.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';

/** An object as Sluice applies it: Sluice owns every field in it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMetadata;
  readonly [field: string]: unknown;
}

interface ManifestMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

/** Names with values, sorted, as a row has them. */
type Pairs = readonly (readonly [string, string])[];

/** Sluice's own labels win over the Gateway's `spec.infrastructure`, and this over `more`, from an EnvoyProxy. */
export function objectMetadata(
  infrastructure: Infrastructure,
  name: string,
  more: { readonly labels?: Pairs; readonly annotations?: Pairs } = {},
): ManifestMetadata {
  const { namespace, gateway, gatewayUid } = infrastructure;
  return {
    name,
    namespace,
    labels: objectLabels(infrastructure, more.labels),
    annotations: Object.fromEntries([...(more.annotations ?? []), ...infrastructure.annotations]),
    // No `blockOwnerDeletion`: some clusters require the right to update finalizers of Gateways for it.
    ownerReferences: [
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        name: gateway,
        uid: gatewayUid,
        controller: true,
      },
    ],
  };
}

export function objectLabels(infrastructure: Infrastructure, more: Pairs = []): Record<string, string> {
  return {
    ...Object.fromEntries([...more, ...infrastructure.labels]),
    'app.kubernetes.io/name': 'envoy',
    'app.kubernetes.io/component': 'proxy',
    ...podSelector(infrastructure),
  };
}

/** Differs for each Gateway of a namespace. Must never change, as the selector of a Deployment cannot. */
export function podSelector({ gateway, gatewayClass }: Infrastructure): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'sluice',
    'gateway.networking.k8s.io/gateway-name': labelValue(gateway),
    'gateway.networking.k8s.io/gateway-class-name': labelValue(gatewayClass),
  };
}

/** Drops undefined fields: a field that a manifest omits is not Sluice's, and others may set it. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A name has up to 253 characters and a label's value 63: a longer name is cut and gets a hash. */
function labelValue(name: string): string {
  if (name.length <= maxLabelLength) return name;
  const hash = Buffer.from(contentHash(name), 'base64url').toString('hex').slice(0, 8);
  return `${name.slice(0, maxLabelLength - hash.length - 1)}-${hash}`;
}

const maxLabelLength = 63;
