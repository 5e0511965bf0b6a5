import { record } from './identity.ts';

/** The status of an object as the API server last said, beside the row, which leaves it out. */
export interface ObservedStatus {
  readonly resourceVersion: string;
  /** Of the spec; 0 for an object without one. */
  readonly generation: number;
  /** JSON of `status`, a third of what the parsed object would cost; undefined when there is none. */
  readonly status: string | undefined;
  /** The field manager that has written it, if there is one and no other has; see {@link statusManager}. */
  readonly writer?: string | undefined;
}

/**
 * The field manager of a controller's status writes. Of a Gateway's status, in which nothing else says who wrote it, it
 * tells what is left of this controller from what another one says, be that another Sluice.
 *
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
export function statusManager(controllerName: string): string {
  return controllerName.slice(0, maxManagerLength);
}

/** Of the API server. */
const maxManagerLength = 128;

/** What became of one write of a status. */
export type StatusWritten =
  | { readonly kind: 'written'; readonly observed: ObservedStatus }
  | {
      readonly kind: 'failed';
      readonly reason: StatusFault;
      /** One line. */
      readonly message: string;
      /** What the server asked us to wait. */
      readonly retryAfterMs: number;
    };

export type StatusFault =
  /** Somebody else has written the object since it was observed. */
  | 'conflict'
  /** The object is gone, or its kind. */
  | 'absent'
  /** Sluice may not write the statuses of the kind. */
  | 'forbidden'
  /** The API server, or a webhook of it, does not take this status. */
  | 'refused'
  /** No answer, or one that says nothing of the status. */
  | 'unavailable';

/** What an object of the API server says of its own status; undefined for what is no such object. */
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
