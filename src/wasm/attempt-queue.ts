import type { Clock } from '../lib/clock.ts';
import { failureText, stackText } from '../lib/failure.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { ModuleCheck, RegistryState } from './module-check.ts';
import type {
  DeniedReason,
  FetchRequest,
  FetchResult,
  ModuleFetcher,
  UnreachableReason,
} from './module-fetch.ts';
import type { Registries } from './registries.ts';

interface Log {
  error(fields: object, message: string): void;
}

export interface AttemptQueuePorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly fetcher: Pick<ModuleFetcher, 'fetch'>;
  readonly registries: Registries;
  readonly parallel: () => number;
  readonly request: (check: ModuleCheck) => FetchRequest;
  readonly onResult: (check: ModuleCheck, registry: RegistryState, result: FetchResult) => void;
  /** There is room for another attempt. */
  readonly onEnd: () => void;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
}

/** One attempt that has ended. */
export interface Attempt {
  readonly source: WantedModule['source']['kind'];
  readonly result: FetchResult['kind'];
  readonly reason: DeniedReason | UnreachableReason | 'known' | 'disk' | 'network';
  readonly seconds: number;
}

/**
 * The checks that are due, and the attempts under way. Of these at most half are with one registry, and with registries
 * that fail, so one that hangs leaves room for the others.
 */
export class AttemptQueue {
  readonly #ports: AttemptQueuePorts;
  /** Oldest first. */
  readonly #due = new Set<ModuleCheck>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(ports: AttemptQueuePorts) {
    this.#ports = ports;
  }

  /** Checks that are due or under way. */
  get size(): number {
    return this.#due.size + this.#running.size;
  }

  add(check: ModuleCheck): void {
    this.#due.add(check);
  }

  /** An attempt that is under way goes on. */
  delete(check: ModuleCheck): void {
    this.#due.delete(check);
  }

  /** Starts what there is room for. */
  begin(): void {
    const { parallel, registries, clock } = this.#ports;
    const most = parallel();
    const half = Math.max(1, Math.floor(most / 2));
    for (const check of this.#due) {
      if (this.#running.size >= most) return;
      const { registry } = check;
      // Its end has it looked at again.
      if (registry === undefined || check.isRunning || registry.running >= half) continue;
      if (registry.breaker.isSuspect && registries.suspectAttempts >= half) continue;
      this.#due.delete(check);
      if (registry.breaker.admits(clock.now())) this.#start(check, registry);
      else registries.waitFor(registry, check);
    }
  }

  /** Nothing begins any more, and no result is told. */
  close(): void {
    this.#isClosed = true;
    this.#due.clear();
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  #start(check: ModuleCheck, registry: RegistryState): void {
    check.isRunning = true;
    check.nextAttemptMs = undefined;
    registry.running++;
    registry.breaker.begun();
    const run = this.#attempt(check, registry).finally(() => {
      check.isRunning = false;
      registry.running--;
      this.#running.delete(run);
      this.#ports.onEnd();
    });
    this.#running.add(run);
  }

  async #attempt(check: ModuleCheck, registry: RegistryState): Promise<void> {
    const { clock, onAttempt, onResult } = this.#ports;
    const startMs = clock.now();
    const result = await this.#fetch(check, registry);
    if (this.#isClosed) return;
    onAttempt?.({
      source: check.wanted.source.kind,
      result: result.kind,
      reason: result.kind === 'allowed' ? result.from : result.reason,
      seconds: (clock.now() - startMs) / 1000,
    });
    onResult(check, registry, result);
  }

  async #fetch(check: ModuleCheck, registry: RegistryState): Promise<FetchResult> {
    const { fetcher, log, request } = this.#ports;
    try {
      return await fetcher.fetch(request(check));
    } catch (error) {
      if (!this.#isClosed)
        log.error(
          { registry: registry.host, error: stackText(error) },
          'a bug in Sluice: the module stays as it is',
        );
      const message = `Sluice could not ask (${failureText(error)})`;
      return { kind: 'unreachable', reason: 'bug', message, retryAfterMs: 0 };
    }
  }
}
