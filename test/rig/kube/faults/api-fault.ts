import type { FaultReason } from '../../../../src/kube/fault.ts';

export interface ApiStatus {
  readonly code: number;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface ApiFault {
  readonly name: string;
  readonly does:
    /** Answered with this status; an open watch gets it as an ERROR event. */
    | {
        readonly kind: 'status';
        readonly status: ApiStatus;
        readonly retryAfter?: number;
      }
    /** Half of the answer, and then a TCP reset. */
    | { readonly kind: 'reset' }
    /** Half of the answer, and then the end of the connection but not of the answer. */
    | { readonly kind: 'eof' }
    /** Half of the answer, in the middle of an object, and then its regular end. */
    | { readonly kind: 'truncated' }
    /** Takes the request and sends nothing; in the end, the connection is reset. */
    | { readonly kind: 'hang' }
    /** 404, and discovery does not name the kind. */
    | { readonly kind: 'absent' }
    /** 404 to this, and to discovery, as from a server that is no API server. */
    | { readonly kind: 'stranger' };
  /** Allowed reasons in `sluice_watch_restarts_total`. */
  readonly reasons: readonly FaultReason[];
}

export const apiFaults: readonly ApiFault[] = [
  status('429', 429, 'TooManyRequests', 'too many requests, please try again later', ['busy'], 1),
  status('500', 500, 'InternalError', 'Internal error occurred: failed to call', ['busy']),
  status('503', 503, 'ServiceUnavailable', 'the server is currently unable to handle the request', ['busy']),
  status('504', 504, 'Timeout', 'the request did not complete within the allotted time', ['busy']),
  status('server-timeout', 500, 'ServerTimeout', 'the list operation could not be completed at this time', [
    'busy',
  ]),
  status('leader-changed', 500, '', 'rpc error: code = Unavailable desc = etcdserver: leader changed', [
    'busy',
  ]),
  status('401', 401, 'Unauthorized', 'Unauthorized', ['unauthorized']),
  status('403', 403, 'Forbidden', 'RBAC: clusterrole "sluice" not found', ['forbidden']),
  status('410', 410, 'Expired', 'The provided continue parameter is too old', ['gone']),
  { name: 'reset', does: { kind: 'reset' }, reasons: ['connection'] },
  { name: 'eof', does: { kind: 'eof' }, reasons: ['connection'] },
  { name: 'truncated', does: { kind: 'truncated' }, reasons: ['garbled'] },
  { name: 'hang', does: { kind: 'hang' }, reasons: ['silent', 'connection'] },
  { name: 'absent-crd', does: { kind: 'absent' }, reasons: ['absent'] },
  { name: '404', does: { kind: 'stranger' }, reasons: ['absent'] },
];

function status(
  name: string,
  code: number,
  reason: string,
  message: string,
  reasons: readonly FaultReason[],
  retryAfter?: number,
): ApiFault {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  const does = { kind: 'status', status: body, ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
  return { name, does, reasons };
}
