import type { Config } from '../config/config.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import type { CheckState } from '../remote/check-state.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Surroundings } from './controller.ts';
import { Documents } from './documents.ts';
import { fetchThread } from './fetch-thread.ts';
import { Modules } from './modules.ts';

export interface FetchesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly options: () => Pick<Config, 'wasm' | 'documents'>;
  /** Names and addresses of the API server: nothing may come from there. */
  readonly refused: () => readonly string[];
  readonly onRow: (change: RowChange) => void;
}

/** Fetches what policies name: modules and documents, in one thread. */
export class Fetches {
  readonly #modules: Modules;
  readonly #documents: Documents;

  constructor(ports: FetchesPorts) {
    const { options, clock } = ports;
    const thread = fetchThread(options(), clock);
    this.#modules = new Modules({ ...ports, thread, options: () => options().wasm });
    this.#documents = new Documents({ ...ports, thread, options: () => options().documents });
  }

  get surroundings(): Pick<Surroundings, 'onModule' | 'onProvider' | 'module'> {
    return {
      onModule: (plugin, wanted) => this.#modules.set(plugin, wanted),
      onProvider: (policy, wanted) => this.#documents.set(policy, wanted),
      module: (sha256) => this.#modules.module(sha256),
    };
  }

  /** Yields the state of each module and document. */
  *states(): Generator<CheckState> {
    yield* this.#modules.states();
    yield* this.#documents.states();
  }

  async close(): Promise<void> {
    await Promise.all([this.#modules.close(), this.#documents.close()]);
  }
}
