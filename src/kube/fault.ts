import { failureText } from '../lib/failure.ts';
import { record } from '../kinds/identity.ts';

/** Reason why a watch or list ended early. It is a label of metrics, so the list is short and fixed. */
export type FaultReason =
  | 'closed'
  | 'connection'
  /** Nothing came in time, not even a bookmark. */
  | 'silent'
  | 'gone'
  | 'busy'
  | 'unauthorized'
  | 'forbidden'
  | 'absent'
  /** 409: another client has written the object meanwhile, or it exists already. */
  | 'conflict'
  | 'refused'
  | 'garbled';

/** An error that ends a watch, a list or a request. Its message is one line and never quotes an object. */
export class Fault extends Error {
  readonly reason: FaultReason;
  /** HTTP status, or the code of an ERROR event; 0 without one. */
  readonly status: number;
  readonly retryAfterMs: number;

  constructor(reason: FaultReason, message: string, status = 0, retryAfterMs = 0) {
    super(message);
    this.name = 'Fault';
    this.reason = reason;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns the fault of anything thrown; an error of a library is one of the connection. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault('connection', `no connection to the API server (${failureText(error)})`);
}

export function statusFault(status: number, body: unknown, retryAfterMs = 0): Fault {
  const said = record(body)?.['message'];
  const text = typeof said === 'string' ? `: ${printable(said)}` : '';
  // The resourceVersion is newer than the server's newest: its data was restored from a backup.
  const tooNew = typeof said === 'string' && said.includes('Too large resource version');
  const reason = status === 410 || tooNew ? 'gone' : (reasons.get(status) ?? coarse(status));
  return new Fault(reason, `the API server says ${status}${text}`, status, retryAfterMs);
}

const reasons: ReadonlyMap<number, FaultReason> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'absent'],
  [408, 'busy'],
  [409, 'conflict'],
  [429, 'busy'],
]);

function coarse(status: number): FaultReason {
  if (status >= 500) return 'busy';
  return status >= 400 ? 'refused' : 'garbled';
}

const maxMessageLength = 300;

function printable(text: string): string {
  return text.slice(0, maxMessageLength).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}
