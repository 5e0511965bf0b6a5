import { failureText } from '../lib/failure.ts';
import { record } from '../kinds/identity.ts';

/** The reason why a watch or a list ended before its time. A label of metrics, so a short fixed list. */
export type FaultReason =
  /** The server ended the answer in the regular way. */
  | 'closed'
  /** No connection, or one that broke. */
  | 'connection'
  /** Nothing came for too long, not even a bookmark. */
  | 'silent'
  /** 410: the resourceVersion to resume from is no longer known. */
  | 'gone'
  /** 429 and 5xx. */
  | 'busy'
  | 'unauthorized'
  | 'forbidden'
  /** 404: the API server does not serve this resource. */
  | 'absent'
  /** 409: somebody else has written the object meanwhile, or it exists already. */
  | 'conflict'
  /** Any other 4xx. */
  | 'refused'
  /** The answer is not what the API says it is. */
  | 'garbled';

/** Anything that ends a watch or a list. Its message is one line of our own or the API server's, never of an object. */
export class Fault extends Error {
  readonly reason: FaultReason;
  /** HTTP status, or that of an ERROR event; 0 when there is none. */
  readonly status: number;
  /** The wait that the server asked for. */
  readonly retryAfterMs: number;

  constructor(reason: FaultReason, message: string, status = 0, retryAfterMs = 0) {
    super(message);
    this.name = 'Fault';
    this.reason = reason;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The fault of whatever was thrown; what is none of ours is a matter of the connection. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault('connection', `no connection to the API server (${failureText(error)})`);
}

/** The fault of an HTTP answer that is not 200, or of the Status in an ERROR event. */
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

/** One line for the log, whatever the other side has sent. */
function printable(text: string): string {
  return text.slice(0, maxMessageLength).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}
