import { record } from './identity.ts';

export interface ObservedStatus {
  readonly resourceVersion: string;
  /** Generation of the spec; 0 for an object without one. */
  readonly generation: number;
  /** JSON of `status`, which takes a third of the memory of the parsed object; undefined when there is none. */
  readonly status: string | undefined;
  /** Field manager that wrote it, when exactly one has; see {@link statusManager}. */
  readonly writer?: string | undefined;
}

/**
 * Names the field manager of status writes, by which a controller knows its own entries in a Gateway's status from those
 * of another, even another Sluice. https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
export function statusManager(controllerName: string): string {
  return controllerName.slice(0, maxManagerLength);
}

/** Limit of the API server. */
const maxManagerLength = 128;

/** Result of one write of a status. */
export type StatusWritten =
  | { readonly kind: 'written'; readonly observed: ObservedStatus }
  | {
      readonly kind: 'failed';
      readonly reason: StatusFault;
      /** Single line. */
      readonly message: string;
      /** Wait that the server asked for. */
      readonly retryAfterMs: number;
    };

export type StatusFault =
  /** Another client has written the object since it was observed. */
  | 'conflict'
  /** The object or its kind does not exist. */
  | 'absent'
  /** Sluice may not write the statuses of the kind. */
  | 'forbidden'
  /** The API server, or one of its webhooks, does not accept this status. */
  | 'refused'
  /** No answer, or one that does not tell. */
  | 'unavailable';

export function observedStatus(object: unknown): ObservedStatus | undefined {
  const manifest = record(object);
  const metadata = record(manifest?.['metadata']);
  const resourceVersion = metadata?.['resourceVersion'];
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return undefined;
  const generation = metadata?.['generation'];
  const status = manifest?.['status'];
  return {
    resourceVersion,
    generation: typeof generation === 'number' ? generation : 0,
    status: status === undefined || status === null ? undefined : JSON.stringify(status),
    writer: onlyWriter(metadata?.['managedFields']),
  };
}

function onlyWriter(managedFields: unknown): string | undefined {
  const managers = new Set(
    (Array.isArray(managedFields) ? managedFields : [])
      .map(record)
      .filter((entry) => entry?.['subresource'] === 'status')
      .map((entry) => String(entry?.['manager'])),
  );
  const [manager] = managers;
  return managers.size === 1 ? manager : undefined;
}
