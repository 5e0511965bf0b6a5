import type { Clock } from '../lib/clock.ts';
import type { RefusalReason } from '../xds/server.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** A client that is refused comes again, for ever; a line for each reason in this time is enough to find it. */
const lineEveryMs = 10_000;

/** Counts the clients that the xDS server refuses or lets go, and logs some of each reason. */
export class Refusals {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #reasons = new Map<RefusalReason, { quietUntil: number; unsaid: number }>();

  constructor(log: Log, metrics: Metrics, clock: Clock) {
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** `details` is one line, which may quote the client. */
  add(reason: RefusalReason, client: string, details: string): void {
    this.#metrics.xdsRefused.inc({ reason });
    const now = this.#clock.now();
    const known = this.#reasons.get(reason) ?? { quietUntil: -Infinity, unsaid: 0 };
    this.#reasons.set(reason, known);
    if (now < known.quietUntil) {
      known.unsaid++;
      return;
    }
    const unsaid = known.unsaid === 0 ? {} : { unsaid: known.unsaid };
    this.#log.warn({ client, reason, details, ...unsaid }, sentences[reason]);
    known.quietUntil = now + lineEveryMs;
    known.unsaid = 0;
  }
}

const refused = 'client of the xDS server refused';
const ended = 'stream of a proxy ended';

const sentences: Record<RefusalReason, string> = {
  certificate: refused,
  identity: refused,
  request: refused,
  stalled: ended,
  bug: `a bug in Sluice: ${ended}`,
};
