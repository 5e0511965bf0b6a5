import type { Clock } from '../lib/clock.ts';
import type { Unreachable } from './attempt-result.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { BackOff, RemoteCheck, ServerState } from './remote-check.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ServersPorts<C> {
  readonly log: Log;
  readonly clock: Clock;
  readonly backOff: () => BackOff;
  readonly onDue: (check: C) => void;
  readonly onBlocked: (check: C, server: ServerState<C>) => void;
}

/**
 * Holds the health of each server for each namespace: a policy with a wrong authority or a slow file affects only its
 * own namespace. Checks of a failing server wait here, and one at a time probes it.
 */
export class Servers<C extends RemoteCheck<C>> {
  readonly #ports: ServersPorts<C>;
  readonly #servers = new Map<string, ServerState<C>>();

  constructor(ports: ServersPorts<C>) {
    this.#ports = ports;
  }

  /** Returns the state of the host for the namespace and counts the check; call `leave` later. */
  join(host: string, namespace: string): ServerState<C> {
    const known = this.#servers.get(keyOf(host, namespace));
    if (known !== undefined) {
      known.checks++;
      return known;
    }
    const server: ServerState<C> = {
      host,
      namespace,
      breaker: new CircuitBreaker(this.#ports.backOff()),
      checks: 1,
      waiting: new Set(),
      failure: '',
      cancelProbe: undefined,
    };
    this.#servers.set(keyOf(host, namespace), server);
    return server;
  }

  leave(check: C): void {
    const { server } = check;
    if (server === undefined) return;
    server.waiting.delete(check);
    if (--server.checks > 0) return;
    server.cancelProbe?.();
    this.#servers.delete(keyOf(server.host, server.namespace));
  }

  counts(): Readonly<Record<CircuitBreaker['state'], number>> {
    const counts = { closed: 0, open: 0, 'half-open': 0 };
    for (const { breaker } of this.#servers.values()) counts[breaker.state]++;
    return counts;
  }

  /** Applies the result of an attempt, undefined for any answer, to all checks of the same server. */
  noteResult(server: ServerState<C>, failure: Unreachable | undefined): void {
    const { breaker } = server;
    if (failure === undefined) {
      const wasOpen = breaker.state !== 'closed';
      breaker.answered();
      server.failure = '';
      if (wasOpen) this.#release(server);
      return;
    }
    // A fault of Sluice is not the server's, but the probe must end.
    if (failure.reason === 'bug' && breaker.state === 'closed') return;
    const wasClosed = breaker.state === 'closed';
    server.failure = failure.message;
    breaker.failed(this.#ports.clock.now(), failure.retryAfterMs);
    if (breaker.state !== 'open') return;
    if (wasClosed) {
      const message =
        'the server does not answer: Sluice only probes it until it does, and what came from it stays as it is';
      const { host, namespace } = server;
      this.#ports.log.warn({ server: host, namespace, reason: failure.message }, message);
    }
    this.#probeLater(server);
    for (const check of server.waiting) this.#ports.onBlocked(check, server);
  }

  /** Call for a check whose server must not be asked now. */
  waitFor(server: ServerState<C>, check: C): void {
    server.waiting.add(check);
    this.#ports.onBlocked(check, server);
    if (server.breaker.state === 'open' && server.cancelProbe === undefined) this.#probeLater(server);
  }

  close(): void {
    for (const server of this.#servers.values()) server.cancelProbe?.();
  }

  #release(server: ServerState<C>): void {
    const { host, namespace } = server;
    this.#ports.log.info({ server: host, namespace }, 'the server answers again');
    server.cancelProbe?.();
    server.cancelProbe = undefined;
    for (const check of server.waiting) this.#ports.onDue(check);
    server.waiting.clear();
  }

  #probeLater(server: ServerState<C>): void {
    server.cancelProbe?.();
    const delayMs = server.breaker.retryAtMs - this.#ports.clock.now();
    server.cancelProbe = this.#ports.clock.after(Math.max(0, delayMs), () => {
      server.cancelProbe = undefined;
      const [first] = server.waiting;
      if (first === undefined) return;
      server.waiting.delete(first);
      this.#ports.onDue(first);
    });
  }
}

function keyOf(host: string, namespace: string): string {
  return `${namespace}/${host}`;
}
