import type { Clock } from '../lib/clock.ts';
import { AttemptQueue } from './attempt-queue.ts';
import type { Unreachable } from './attempt-result.ts';
import { CheckTimes } from './check-times.ts';
import type { BackOff, RemoteCheck, ServerState } from './remote-check.ts';
import { Servers } from './servers.ts';

export interface RemoteLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ScheduleOptions {
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxProbeMs: number;
  readonly parallel: number;
}

export interface ScheduleSurroundings {
  readonly log: RemoteLog;
  readonly clock: Clock;
  readonly backOff: (firstMs: number, maxMs: number) => BackOff;
  /** From 0 to 1; spreads the attempts of checks and replicas. */
  readonly random: () => number;
}

export interface CheckSchedulePorts<C, R> extends ScheduleSurroundings {
  /** Called before each use: a changed option applies to the next attempt. */
  readonly options: () => ScheduleOptions;
  readonly ttlMs: (check: C) => number;
  /** Rejects only for a bug. */
  readonly attempt: (check: C) => Promise<R>;
  readonly onResult: (check: C, server: ServerState<C>, result: R | Unreachable, seconds: number) => void;
  /** Called for a check whose server must not be asked now. */
  readonly onBlocked: (check: C, failure: Unreachable) => void;
  /** Called in a later turn than {@link CheckSchedule.passSoon}. */
  readonly onPass: () => void;
}

/** Runs checks: each when it is due, with shares for namespaces and servers, and failing servers apart. */
export class CheckSchedule<C extends RemoteCheck<C>, R extends { readonly kind: string }> {
  readonly #ports: CheckSchedulePorts<C, R>;
  readonly #servers: Servers<C>;
  readonly #attempts: AttemptQueue<C, R>;
  readonly #times: CheckTimes<C>;
  #cancelPass: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: CheckSchedulePorts<C, R>) {
    const { log, clock, random, ttlMs, options, backOff, attempt, onResult } = ports;
    this.#ports = ports;
    this.#times = new CheckTimes({ clock, ttlMs, random, onDue: (check) => this.due(check) });
    this.#servers = new Servers({
      log,
      clock,
      backOff: () => backOff(options().retryMs, options().maxProbeMs),
      onDue: (check) => this.due(check),
      onBlocked: (check, server) => this.#block(check, server),
    });
    this.#attempts = new AttemptQueue({
      log,
      clock,
      servers: this.#servers,
      parallel: () => options().parallel,
      attempt,
      onResult: (check, server, result, seconds) => {
        this.#servers.noteResult(server, isUnreachable(result) ? result : undefined);
        onResult(check, server, result, seconds);
      },
      onEnd: () => this.passSoon(),
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Due and running checks, without those that wait for a server. */
  get backlog(): number {
    return this.#attempts.size;
  }

  get backlogs(): Iterable<readonly [string, number]> {
    return this.#attempts.backlogs();
  }

  serverCounts(): ReturnType<Servers<C>['counts']> {
    return this.#servers.counts();
  }

  /** Returns the fields of a new check; `host` is undefined when its source names no place. */
  newCheck(host: string | undefined, namespace: string): RemoteCheck<C> & { isRunning: false } {
    const { retryMs, maxRetryMs } = this.#ports.options();
    return {
      namespace,
      server: host === undefined ? undefined : this.#servers.join(host, namespace),
      backOff: this.#ports.backOff(retryMs, maxRetryMs),
      confirmedAtMs: undefined,
      nextAttemptMs: undefined,
      cancel: undefined,
      isRunning: false,
    };
  }

  /** Ends a check; a running attempt continues. */
  end(check: C): void {
    check.cancel?.();
    this.#attempts.delete(check);
    this.#servers.leave(check);
  }

  due(check: C): void {
    this.#attempts.add(check);
    this.passSoon();
  }

  passSoon(): void {
    if (this.#isClosed) return;
    this.#cancelPass ??= this.#ports.clock.after(0, () => {
      this.#cancelPass = undefined;
      this.#ports.onPass();
      this.#attempts.begin();
    });
  }

  /** Call when the server has confirmed what is known. */
  confirmed(check: C): void {
    check.confirmedAtMs = this.#ports.clock.now();
    check.backOff.reset();
    this.#times.atEndOfTtl(check);
  }

  /** Call when an attempt brought nothing; `askedMs` is the time that the server asks to be left alone, or 0. */
  failed(check: C, server: ServerState<C>, askedMs: number): void {
    if (server.breaker.state === 'open') this.#servers.waitFor(server, check);
    else this.#times.after(check, check.backOff.nextMs(Math.min(askedMs, this.#ports.options().maxRetryMs)));
  }

  after(check: C, delayMs: number): void {
    this.#times.after(check, delayMs);
  }

  /** Returns the fields of a check's state that do not depend on what is fetched. */
  stateOf({ confirmedAtMs, server, nextAttemptMs, isRunning }: C) {
    return {
      host: server?.host ?? '',
      nextAttemptMs,
      isRunning,
      confirmedAgoMs: confirmedAtMs && Math.round(this.#ports.clock.now() - confirmedAtMs),
    };
  }

  staleMs(check: C): number {
    return this.#times.staleMs(check);
  }

  /** Starts no further attempt. */
  close(): void {
    this.#isClosed = true;
    this.#cancelPass?.();
    this.#servers.close();
    this.#attempts.close();
  }

  /** Resolves when nothing is under way. */
  ended(): Promise<void> {
    return this.#attempts.ended();
  }

  #block(check: C, server: ServerState<C>): void {
    check.nextAttemptMs = this.#times.dateIn(server.breaker.retryAtMs - this.#ports.clock.now());
    const message = server.failure;
    this.#ports.onBlocked(check, { kind: 'unreachable', reason: 'network', message, retryAfterMs: 0 });
  }
}

function isUnreachable(result: { readonly kind: string }): result is Unreachable {
  return result.kind === 'unreachable';
}
