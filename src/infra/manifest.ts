import { contentHash } from '../lib/hash.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';

/** An object of the Kubernetes API as it is applied, with everything in it that Sluice owns. */
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

/** Pairs as a row has them, sorted. */
type Pairs = readonly (readonly [string, string])[];

/**
 * Metadata of an object that belongs to a Gateway: found by its labels, and gone with the Gateway. What the Gateway's
 * `spec.infrastructure` says wins over `more`, which comes from an EnvoyProxy, and Sluice's own labels win over both.
 */
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
    // Without `blockOwnerDeletion`, for which some clusters ask for the right to update finalizers of Gateways.
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

/** Labels of every object and of every pod. */
export function objectLabels(infrastructure: Infrastructure, more: Pairs = []): Record<string, string> {
  return {
    ...Object.fromEntries([...more, ...infrastructure.labels]),
    'app.kubernetes.io/name': 'envoy',
    'app.kubernetes.io/component': 'proxy',
    ...podSelector(infrastructure),
  };
}

/**
 * Labels by which the pods of a Gateway are found. No two Gateways of a namespace have the same, and the selector of
 * a Deployment can never be changed, so neither can these.
 */
export function podSelector({ gateway, gatewayClass }: Infrastructure): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'sluice',
    'gateway.networking.k8s.io/gateway-name': labelValue(gateway),
    'gateway.networking.k8s.io/gateway-class-name': labelValue(gatewayClass),
  };
}

/** The fields that are set: what is left out of an object that is applied is not Sluice's, whatever others make of it. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A name may have 253 characters and a label's value 63: a longer name is cut and gets a hash. */
function labelValue(name: string): string {
  if (name.length <= maxLabelLength) return name;
  const hash = Buffer.from(contentHash(name), 'base64url').toString('hex').slice(0, 8);
  return `${name.slice(0, maxLabelLength - hash.length - 1)}-${hash}`;
}

const maxLabelLength = 63;
