import { contentHash } from '../lib/hash.ts';
import { record } from './identity.ts';

export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The parts of an owned object, as the API server has it, that tell if it still is as Sluice made it. */
export interface OwnedObject extends ObjectRef {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Name of the Gateway in its controller reference, in its own namespace; empty when it names none. */
  readonly gateway: string;
  readonly gatewayUid: string;
  /**
   * Digest of the fields that Sluice owns: a change by another client takes a field out of them, and fields that others
   * add do not count. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
   */
  readonly digest: string;
  readonly replicas: number | undefined;
  /** True when all pods of a Deployment or DaemonSet are there and have the newest template. */
  readonly isAvailable: boolean;
  /** Certificate of a Secret, each part in PEM. */
  readonly certificate: ObservedCertificate | undefined;
}

export interface ObservedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
}

/** Answer to one request about one object. */
export type ObjectAnswer =
  /** Undefined: it does not exist. */
  | { readonly kind: 'done'; readonly object: OwnedObject | undefined }
  | {
      readonly kind: 'failed';
      readonly reason: ObjectFault;
      /** Single line. */
      readonly message: string;
      /** Wait that the server asked for. */
      readonly retryAfterMs: number;
    };

export type ObjectFault =
  /** Another client has written or deleted the object meanwhile. */
  | 'conflict'
  /** The namespace or the kind does not exist. */
  | 'absent'
  /** The namespace is being deleted, and accepts no new objects. */
  | 'terminating'
  /** Sluice may not do this with the kind. */
  | 'forbidden'
  /** The API server, or one of its webhooks, does not accept the object. */
  | 'refused'
  /** No answer, or one that does not tell. */
  | 'unavailable';

/** Name of Sluice in the API server's managed fields. */
export const fieldManager = 'sluice';

/** Reads an object of the API server; undefined for anything else. Never throws. */
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

/** Removes empty lists and maps, which programs in Go leave out and so disown. */
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

/** A missing count is 0. */
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
