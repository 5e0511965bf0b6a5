import type { Clock } from '../lib/clock.ts';
import type { RefusalReason } from '../xds/serve-stream.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { SparseLines } from './sparse-lines.ts';

/** Counts clients that the xDS server refuses or disconnects, and logs some of each reason. */
export class Refusals {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #lines: SparseLines<RefusalReason>;

  constructor(log: Log, metrics: Metrics, clock: Clock) {
    this.#log = log;
    this.#metrics = metrics;
    this.#lines = new SparseLines(clock);
  }

  /** Takes `details` of one line, which may quote the client. */
  add(reason: RefusalReason, client: string, details: string): void {
    this.#metrics.xdsRefused.inc({ reason });
    this.#lines.say(reason, (unsaid) =>
      this.#log.warn({ client, reason, details, ...unsaid }, sentences[reason]),
    );
  }
}

const refused = 'client of the xDS server refused';
const ended = 'stream or connection of a proxy ended';

const sentences: Record<RefusalReason, string> = {
  certificate: refused,
  identity: refused,
  token: refused,
  request: refused,
  connections: ended,
  streams: refused,
  names: ended,
  bytes: ended,
  silent: ended,
  stalled: ended,
  bug: `a bug in Sluice: ${ended}`,
};
