import type { Clock } from '../lib/clock.ts';
import { FairQueue } from '../lib/fair-queue.ts';
import { failureText, stackText } from '../lib/failure.ts';
import type { Unreachable } from './attempt-result.ts';
import type { RemoteCheck, ServerState } from './remote-check.ts';
import type { Servers } from './servers.ts';

interface Log {
  error(fields: object, message: string): void;
}

export interface AttemptQueuePorts<C extends RemoteCheck<C>, R> {
  readonly log: Log;
  readonly clock: Clock;
  readonly servers: Servers<C>;
  readonly parallel: () => number;
  /** Rejects only for a bug. */
  readonly attempt: (check: C) => Promise<R>;
  readonly onResult: (check: C, server: ServerState<C>, result: R | Unreachable, seconds: number) => void;
  readonly onEnd: () => void;
}

/**
 * Holds due checks and running attempts. At most half of the attempts are for one namespace, one server, or failing
 * servers, and likewise within a namespace, so a hanging server leaves room. The namespace with the fewest is
 * next.
 */
export class AttemptQueue<C extends RemoteCheck<C>, R> {
  readonly #ports: AttemptQueuePorts<C, R>;
  readonly #due = new FairQueue<C>();
  readonly #running = new Map<ServerState<C>, Set<Promise<void>>>();
  #isClosed = false;

  constructor(ports: AttemptQueuePorts<C, R>) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#due.size + this.#count(() => true);
  }

  backlogs(): Iterable<readonly [string, number]> {
    return this.#due.sizes();
  }

  add(check: C): void {
    this.#due.add(check.namespace, check);
  }

  /** Removes a due check; a running attempt continues. */
  delete(check: C): void {
    this.#due.delete(check.namespace, check);
  }

  begin(): void {
    const { parallel, servers, clock } = this.#ports;
    const most = parallel();
    const half = halfOf(most);
    const weight = (namespace: string): number => {
      const running = this.#count((server) => server.namespace === namespace);
      return running >= half ? Infinity : running;
    };
    // Checks without room are tried again when an attempt ends.
    while (this.#count(() => true) < most) {
      const check = this.#due.take(weight, (due) => this.#hasRoom(due, half));
      if (check?.server === undefined) return;
      if (check.server.breaker.admits(clock.now())) this.#start(check, check.server);
      else servers.waitFor(check.server, check);
    }
  }

  #hasRoom({ server: own, isRunning }: C, half: number): boolean {
    if (own === undefined || isRunning) return false;
    const ofNamespace = halfOf(half);
    if (this.#count((server) => server === own) >= ofNamespace) return false;
    if (this.#count(({ host }) => host === own.host) >= half) return false;
    if (!own.breaker.isSuspect) return true;
    return (
      this.#count(isSuspect) < half &&
      this.#count((server) => isSuspect(server) && server.namespace === own.namespace) < ofNamespace
    );
  }

  /** O(servers with attempts). */
  #count(isCounted: (server: ServerState<C>) => boolean): number {
    let sum = 0;
    for (const [server, running] of this.#running) if (isCounted(server)) sum += running.size;
    return sum;
  }

  close(): void {
    this.#isClosed = true;
    this.#due.drain();
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].flatMap((running) => [...running]));
  }

  #start(check: C, server: ServerState<C>): void {
    check.isRunning = true;
    check.nextAttemptMs = undefined;
    server.breaker.started();
    const running = this.#running.get(server) ?? new Set();
    this.#running.set(server, running);
    const run = this.#attempt(check, server).finally(() => {
      check.isRunning = false;
      running.delete(run);
      if (running.size === 0) this.#running.delete(server);
      this.#ports.onEnd();
    });
    running.add(run);
  }

  async #attempt(check: C, server: ServerState<C>): Promise<void> {
    const { clock, onResult } = this.#ports;
    const startMs = clock.now();
    const result = await this.#result(check, server);
    if (!this.#isClosed) onResult(check, server, result, (clock.now() - startMs) / 1000);
  }

  async #result(check: C, server: ServerState<C>): Promise<R | Unreachable> {
    const { attempt, log } = this.#ports;
    try {
      return await attempt(check);
    } catch (error) {
      if (!this.#isClosed)
        log.error(
          { server: server.host, error: stackText(error) },
          'a bug in Sluice, please report it: what came from the server stays as it is',
        );
      const message = `Sluice could not ask (${failureText(error)})`;
      return { kind: 'unreachable', reason: 'bug', message, retryAfterMs: 0 };
    }
  }
}

/** An attempt there may take its whole time again. */
function isSuspect({ breaker }: ServerState<unknown>): boolean {
  return breaker.isSuspect;
}

function halfOf(places: number): number {
  return Math.max(1, Math.floor(places / 2));
}
