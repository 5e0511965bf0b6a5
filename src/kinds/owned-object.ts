import { contentHash } from '../lib/hash.ts';
import { record } from './identity.ts';

/** Which object of the API server. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object that Sluice has made for a Gateway, as the API server has it: what is needed to tell whether it still is so. */
export interface OwnedObject extends ObjectRef {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Name of the Gateway that its controller reference names, in its own namespace; empty when it names none. */
  readonly gateway: string;
  readonly gatewayUid: string;
  /**
   * Of the fields that Sluice has set and nobody has changed since, by the API server's own book: somebody's change of
   * one takes it out of them, and what others add beside them is no change. Empty when Sluice has set none.
   *
   * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
   */
  readonly digest: string;
  /** `spec.replicas`, where Sluice has set it. */
  readonly replicas: number | undefined;
  /** Of a Deployment or DaemonSet: its pods are all there, and of its newest template. */
  readonly isAvailable: boolean;
  /** Of a Secret that has a certificate; PEM each. */
  readonly certificate: ObservedCertificate | undefined;
}

export interface ObservedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
}

/** What became of one request about one object. */
export type ObjectAnswer =
  /** Undefined: there is none, or none any more. */
  | { readonly kind: 'done'; readonly object: OwnedObject | undefined }
  | {
      readonly kind: 'failed';
      readonly reason: ObjectFault;
      /** One line. */
      readonly message: string;
      /** What the server asked us to wait. */
      readonly retryAfterMs: number;
    };

export type ObjectFault =
  /** Somebody else has written or deleted the object meanwhile. */
  | 'conflict'
  /** There is no such namespace, or no such kind. */
  | 'absent'
  /** The namespace is being deleted, and takes nothing new. */
  | 'terminating'
  /** Sluice may not do this with the kind. */
  | 'forbidden'
  /** The API server, or a webhook of it, does not take the object as it is. */
  | 'refused'
  /** No answer, or one that says nothing of the object. */
  | 'unavailable';

/** Who Sluice is where the API server notes who has set what. */
export const fieldManager = 'sluice';

/** Reads what Sluice needs of an object of the API server; undefined for what is no such object. Never throws. */
export function ownedObject(kind: string, document: unknown): OwnedObject | undefined {
  const object = record(document);
  const metadata = record(object?.['metadata']);
  const name = text(metadata?.['name']);
  if (object === undefined || metadata === undefined || name === '') return undefined;
  const owner = list(metadata['ownerReferences']).map(record).find(isGatewayReference);
  const fields = fieldsOf(metadata['managedFields']);
  const replicas = record(object['spec'])?.['replicas'];
  const hasReplicas = record(fields?.['f:spec'])?.['f:replicas'] !== undefined;
  return {
    kind,
    namespace: text(metadata['namespace']),
    name,
    uid: text(metadata['uid']),
    resourceVersion: text(metadata['resourceVersion']),
    gateway: text(owner?.['name']),
    gatewayUid: text(owner?.['uid']),
    digest: fields === undefined ? '' : contentHash(JSON.stringify(withoutEmpty(fields, object))),
    replicas: hasReplicas && typeof replicas === 'number' ? replicas : undefined,
    isAvailable: isAvailable(kind, object),
    certificate: kind === 'Secret' ? certificateOf(record(object['data'])) : undefined,
  };
}

function isGatewayReference(reference: Readonly<Record<string, unknown>> | undefined): boolean {
  return (
    reference?.['kind'] === 'Gateway' &&
    reference['controller'] === true &&
    text(reference['apiVersion']).startsWith('gateway.networking.k8s.io/')
  );
}

function fieldsOf(managedFields: unknown): Readonly<Record<string, unknown>> | undefined {
  const entry = list(managedFields)
    .map(record)
    .find((candidate) => candidate?.['manager'] === fieldManager && candidate['operation'] === 'Apply');
  return record(entry?.['fieldsV1']);
}

/**
 * The fields that have a value. Programs in Go, the API server one of them, leave empty lists and maps out of what they
 * write, which takes them from their owner and changes nothing.
 */
function withoutEmpty(fields: Readonly<Record<string, unknown>>, value: unknown): object {
  const object = record(value);
  return Object.fromEntries(
    Object.entries(fields).flatMap(([path, inner]) => {
      const parts = record(inner);
      if (object === undefined || parts === undefined || !path.startsWith('f:')) return [[path, inner]];
      const field = object[path.slice(2)];
      if (Object.keys(parts).length > 0) return [[path, withoutEmpty(parts, field)]];
      return isEmpty(field) ? [] : [[path, inner]];
    }),
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
}

function isAvailable(kind: string, object: Readonly<Record<string, unknown>>): boolean {
  const status = record(object['status']);
  const generation = record(object['metadata'])?.['generation'];
  if (status === undefined || status['observedGeneration'] !== generation) return false;
  const [wanted, updated, available] =
    kind === 'DaemonSet'
      ? [status['desiredNumberScheduled'], status['updatedNumberScheduled'], status['numberAvailable']]
      : [record(object['spec'])?.['replicas'], status['updatedReplicas'], status['availableReplicas']];
  const count = typeof wanted === 'number' ? wanted : 1;
  return isAtLeast(updated, count) && isAtLeast(available, count);
}

/** What is 0 is left out. */
function isAtLeast(value: unknown, count: number): boolean {
  return (typeof value === 'number' ? value : 0) >= count;
}

function certificateOf(data: Readonly<Record<string, unknown>> | undefined): ObservedCertificate | undefined {
  const certificate = decoded(data?.['tls.crt']);
  const privateKey = decoded(data?.['tls.key']);
  const ca = decoded(data?.['ca.crt']);
  return certificate === '' || privateKey === '' || ca === '' ? undefined : { certificate, privateKey, ca };
}

function decoded(value: unknown): string {
  return Buffer.from(text(value), 'base64').toString();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
