import type { Config } from '../config/config.ts';
import { DocumentKeeper, type DocumentKeeperOptions } from '../documents/document-keeper.ts';
import type { DocumentRequest, DocumentResult } from '../documents/fetch-document.ts';
import { BackOff } from '../kube/back-off.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { FetchFailure } from '../remote/fetch-failure.ts';
import type { CheckState } from '../remote/check-state.ts';
import type { FetchThread } from '../remote/fetch-thread.ts';
import type { ProviderRef } from '../units/oidc-provider-key.ts';

/** Half of a usual scrape interval, 10 s: more often is not seen. */
const gaugesEveryMs = 5000;

export interface DocumentsPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly options: () => Config['documents'];
  readonly thread: FetchThread;
  /** Names and addresses of the API server: no document may come from there. */
  readonly refused: () => readonly string[];
  /** Called when a document changes, but never from within `set`. */
  readonly onRow: (change: RowChange) => void;
}

/** Discovery documents of policies: a worker fetches them, and what they say becomes rows. */
export class Documents {
  readonly #keeper: DocumentKeeper;
  readonly #ports: DocumentsPorts;
  #cancelGauges = nothing;

  constructor(ports: DocumentsPorts) {
    const { log, clock, metrics, options, thread, refused, onRow } = ports;
    this.#ports = ports;
    const { parallel } = options();
    this.#keeper = new DocumentKeeper({
      log,
      clock,
      fetch: (request) => fetchIn(thread, request),
      options: () => keeperOptions(options(), parallel, refused()),
      backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
      random: Math.random,
      onRow,
      onAttempt(result, seconds) {
        const reason = result.kind === 'known' ? 'network' : result.reason;
        metrics.documentChecks.inc({ result: result.kind, reason });
        metrics.documentAttempt.observe({ result: result.kind }, seconds);
      },
    });
    this.#setGauges();
    metrics.namespaceDocumentBacklog.read = () => this.#keeper.state().backlogOf;
  }

  /** Undefined: the policy needs no document. */
  set(policy: ResourceKey, provider: ProviderRef | undefined): void {
    this.#keeper.set(policy, provider);
  }

  states(): Iterable<CheckState> {
    return this.#keeper.states();
  }

  async close(): Promise<void> {
    this.#cancelGauges();
    await Promise.all([this.#ports.thread.close(), this.#keeper.close()]);
  }

  #setGauges(): void {
    const { metrics, clock } = this.#ports;
    this.#cancelGauges = clock.after(gaugesEveryMs, () => this.#setGauges());
    const { documents, servers, backlog, staleMs } = this.#keeper.state();
    for (const [state, count] of Object.entries(documents)) metrics.documents.set({ state }, count);
    for (const [state, count] of Object.entries(servers)) metrics.documentServers.set({ state }, count);
    metrics.documentBacklog.set(backlog);
    metrics.documentStaleness.set(staleMs / 1000);
  }
}

async function fetchIn(thread: FetchThread, request: DocumentRequest): Promise<DocumentResult> {
  try {
    const { attemptTimeoutMs } = request.limits;
    return (await thread.attempt('fetchDocument', request, attemptTimeoutMs)) as DocumentResult;
  } catch (error) {
    if (error instanceof FetchFailure) return error.result;
    throw error;
  }
}

function keeperOptions(
  documents: Config['documents'],
  parallel: number,
  refused: readonly string[],
): DocumentKeeperOptions {
  const { attemptTimeoutMs, connectTimeoutMs, allow, trust } = documents;
  return {
    ...documents,
    parallel,
    limits: { attemptTimeoutMs, connectTimeoutMs },
    places: { allow, trust, refused },
  };
}

function nothing(): void {}
