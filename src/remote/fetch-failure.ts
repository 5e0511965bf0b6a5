import type { DeniedReason, Failure, UnreachableReason } from './attempt-result.ts';

/** Ends an attempt with a result. */
export class FetchFailure extends Error {
  readonly result: Failure;

  constructor(result: Failure) {
    super(result.message);
    this.result = result;
  }
}

export function denied(reason: DeniedReason, message: string): FetchFailure {
  return new FetchFailure({ kind: 'denied', reason, message: oneLine(message) });
}

export function unreachable(reason: UnreachableReason, message: string, retryAfterMs = 0): FetchFailure {
  return new FetchFailure({ kind: 'unreachable', reason, message: oneLine(message), retryAfterMs });
}

/** Makes text of a server fit for a status and a log: printable, in one line of bounded length. */
function oneLine(text: string): string {
  const line = text
    .slice(0, 4 * maxLength)
    .replaceAll(/[\s\p{Cc}\p{Cs}]+/gv, ' ')
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}

const maxLength = 300;

export function connectionFailure(host: string, error: unknown): FetchFailure {
  if (error instanceof FetchFailure) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return unreachable('timeout', `${host} does not take the connection in time`);
  const isTls = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO|ERR_OSSL)/.test(code);
  if (isTls) return unreachable('tls', `${host}: TLS fails: ${text}`);
  return unreachable(
    'network',
    `${host}: ${code === '' || code.startsWith('UND_') ? text : `${code}: ${text}`}`,
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // Several addresses failed: any of the errors will do.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors.at(-1));
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
