import type { Clock } from '../lib/clock.ts';
import { FairQueue } from '../lib/fair-queue.ts';
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
  readonly onEnd: () => void;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
}

export interface Attempt {
  readonly source: WantedModule['source']['kind'];
  readonly result: FetchResult['kind'];
  readonly reason: DeniedReason | UnreachableReason | 'known' | 'disk' | 'network';
  readonly seconds: number;
}

/**
 * Holds due checks and running attempts. At most half of the attempts are for one namespace, one registry, or failing
 * registries, and likewise within a namespace, so a hanging registry leaves room. The namespace with the fewest is
 * next.
 */
export class AttemptQueue {
  readonly #ports: AttemptQueuePorts;
  readonly #due = new FairQueue<ModuleCheck>();
  readonly #running = new Map<RegistryState, Set<Promise<void>>>();
  #isClosed = false;

  constructor(ports: AttemptQueuePorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#due.size + this.#count(() => true);
  }

  backlogs(): Iterable<readonly [string, number]> {
    return this.#due.sizes();
  }

  add(check: ModuleCheck): void {
    this.#due.add(check.namespace, check);
  }

  /** Removes a due check; a running attempt continues. */
  delete(check: ModuleCheck): void {
    this.#due.delete(check.namespace, check);
  }

  begin(): void {
    const { parallel, registries, clock } = this.#ports;
    const most = parallel();
    const half = halfOf(most);
    const weight = (namespace: string): number => {
      const running = this.#count((registry) => registry.namespace === namespace);
      return running >= half ? Infinity : running;
    };
    // Checks without room are tried again when an attempt ends.
    while (this.#count(() => true) < most) {
      const check = this.#due.take(weight, (due) => this.#hasRoom(due, half));
      if (check?.registry === undefined) return;
      if (check.registry.breaker.admits(clock.now())) this.#start(check, check.registry);
      else registries.waitFor(check.registry, check);
    }
  }

  #hasRoom({ registry: own, isRunning }: ModuleCheck, half: number): boolean {
    if (own === undefined || isRunning) return false;
    const ofNamespace = halfOf(half);
    if (this.#count((registry) => registry === own) >= ofNamespace) return false;
    if (this.#count(({ host }) => host === own.host) >= half) return false;
    if (!own.breaker.isSuspect) return true;
    return (
      this.#count(isSuspect) < half &&
      this.#count((registry) => isSuspect(registry) && registry.namespace === own.namespace) < ofNamespace
    );
  }

  /** O(registries with attempts). */
  #count(isCounted: (registry: RegistryState) => boolean): number {
    let sum = 0;
    for (const [registry, running] of this.#running) if (isCounted(registry)) sum += running.size;
    return sum;
  }

  close(): void {
    this.#isClosed = true;
    this.#due.drain();
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].flatMap((running) => [...running]));
  }

  #start(check: ModuleCheck, registry: RegistryState): void {
    check.isRunning = true;
    check.nextAttemptMs = undefined;
    registry.breaker.started();
    const running = this.#running.get(registry) ?? new Set();
    this.#running.set(registry, running);
    const run = this.#attempt(check, registry).finally(() => {
      check.isRunning = false;
      running.delete(run);
      if (running.size === 0) this.#running.delete(registry);
      this.#ports.onEnd();
    });
    running.add(run);
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
          'a bug in Sluice, please report it: the module stays as it is',
        );
      const message = `Sluice could not ask (${failureText(error)})`;
      return { kind: 'unreachable', reason: 'bug', message, retryAfterMs: 0 };
    }
  }
}

/** An attempt there may take its whole time again. */
function isSuspect({ breaker }: RegistryState): boolean {
  return breaker.isSuspect;
}

function halfOf(places: number): number {
  return Math.max(1, Math.floor(places / 2));
}
