import type { Clock } from '../lib/clock.ts';
import type { ApiServer } from './api-server.ts';
import { BackOff } from './back-off.ts';
import { Fault, faultOf } from './fault.ts';
import { LeaseObject, type Holding, type Lease } from './lease.ts';
import { pause } from './pause.ts';
import { underWatchdog } from './watchdog.ts';

export interface LeaderElectionOptions {
  readonly namespace: string;
  readonly lease: string;
  /** Unique for each process: the next process of the same pod is another candidate. */
  readonly identity: string;
  readonly leaseMs: number;
  /** At most a third of `leaseMs`. */
  readonly renewMs: number;
}

interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Collaborators and callbacks of a LeaderElection. No callback may throw. */
export interface LeaderElectionPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly onElected: () => void;
  /** Called when this replica must start no further write: between two `onElected`, and at the end. */
  readonly onLost: () => void;
}

/** Share of `leaseMs` after the last renewal at which leading ends, before another replica may start. */
const deadlinePart = 2 / 3;

/** Share of `leaseMs` for one request: a second one fits between a due renewal and the deadline. */
const requestPart = 1 / 4;

/** Longest wait between attempts, as a share of `leaseMs`: the leader finds its Lease after an election in etcd. */
const retryPart = 1 / 15;

/** Time for the release of the Lease. Without a release, others take it later. */
const releaseMs = 2000;

/** Bound of a Lease's duration: with a longer one no replica could lead until a user repairs it. */
const maxLeaseMs = 600_000;

/**
 * Elects one of all replicas by a Lease, by the rules of Kubernetes' own programs, so that tools can show it.
 * Clocks of machines differ, so dates are never compared. A Lease is free when it has not changed for its duration on
 * our own clock, and a leader counts from before it sent its last renewal. So two never lead at once, however late an
 * answer comes or however long a process was stopped. Exceptions: a stopped machine, whose clock stops too, finds out
 * only at its next write; and whoever deletes the Lease or writes a holder into it by hand breaks this until the next
 * renewal.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #ports: LeaderElectionPorts;
  readonly #object: LeaseObject;
  readonly #deadlineMs: number;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #known: Lease | undefined;
  #knownSinceMs = 0;
  #isCurrent = false;
  #isAbsent = false;
  /** True when the API server may have accepted a write of this replica, answered or not. */
  #mayHold = false;
  #leading = false;
  #renewedMs = 0;
  #cancelDeadline = nothing;
  #fault: Fault | undefined;

  constructor(api: Pick<ApiServer, 'send'>, options: LeaderElectionOptions, ports: LeaderElectionPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#object = new LeaseObject(api, options.namespace, options.lease);
    this.#deadlineMs = options.leaseMs * deadlinePart;
    this.#backOff = new BackOff(undefined, options.leaseMs * retryPart);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Returns true while this replica leads. Ask before each write: this process may have been stopped a moment ago. */
  isLeader(): boolean {
    return this.#leading && this.#leftMs() > 0;
  }

  async close(): Promise<void> {
    this.#lose('this replica ends', 'info');
    this.#closing.abort(new Fault('closed', 'the election is closed'));
    await this.#running;
    if (this.#mayHold) await this.#release();
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      let waitMs: number;
      try {
        const limitMs = this.#options.leaseMs * requestPart;
        waitMs = await underWatchdog(
          this.#ports.clock,
          this.#closing.signal,
          limitMs,
          async (signal, extend) => {
            if (!this.#isCurrent) this.#see(await this.#object.read(signal));
            extend(limitMs);
            return this.#attempt(signal);
          },
        );
        this.#backOff.reset();
        this.#fault = undefined;
      } catch (error) {
        this.#isCurrent = false;
        if (this.#closed) return;
        const fault = faultOf(error);
        this.#logFault(fault);
        waitMs = this.#backOff.nextMs(fault.retryAfterMs);
      }
      await pause(this.#ports.clock, waitMs, this.#closing.signal);
    }
  }

  async #attempt(signal: AbortSignal): Promise<number> {
    const heldMs = this.#heldByAnotherMs();
    if (heldMs > 0) {
      this.#isCurrent = false;
      this.#mayHold = false;
      this.#lose(`${this.#known?.holder} has the Lease`);
      return Math.min(heldMs, this.#renewInMs());
    }
    const startMs = this.#ports.clock.now();
    this.#mayHold = true;
    const { identity, leaseMs } = this.#options;
    const holding = this.#holding(identity, Math.ceil(leaseMs / 1000));
    const lease =
      this.#known === undefined || this.#isAbsent
        ? await this.#object.create(holding, signal)
        : await this.#object.replace(this.#known, holding, signal);
    if (this.#closed) return 0;
    this.#see(lease);
    this.#renewed(startMs);
    return Math.max(0, startMs + this.#renewInMs() - this.#ports.clock.now());
  }

  #see(lease: Lease | undefined): void {
    this.#isCurrent = true;
    this.#isAbsent = lease === undefined;
    // The holder of a deleted Lease may not know of the deletion yet.
    if (lease === undefined || lease.resourceVersion === this.#known?.resourceVersion) return;
    const before = this.#known?.holder;
    this.#known = lease;
    this.#knownSinceMs = this.#ports.clock.now();
    const { holder } = lease;
    if (holder !== before && holder !== '' && holder !== this.#options.identity)
      this.#ports.log.info({ leader: holder }, 'another replica leads');
  }

  #heldByAnotherMs(): number {
    const { identity, leaseMs } = this.#options;
    if (this.#known === undefined) return 0;
    const { holder, durationSeconds } = this.#known;
    if (holder === '' || holder === identity) return 0;
    const durationMs = durationSeconds === undefined ? leaseMs : durationSeconds * 1000;
    return this.#knownSinceMs + Math.min(durationMs, maxLeaseMs) - this.#ports.clock.now();
  }

  /** Jitter: replicas that started together must not stay in step. */
  #renewInMs(): number {
    return this.#options.renewMs * (0.8 + Math.random() * 0.2);
  }

  #renewed(startMs: number): void {
    this.#renewedMs = startMs;
    const leftMs = this.#leftMs();
    if (leftMs <= 0) throw new Fault('silent', 'the API server took a renewal of the Lease too late');
    this.#cancelDeadline();
    this.#cancelDeadline = this.#ports.clock.after(leftMs, () =>
      this.#lose(`the Lease could not be renewed in time (${this.#fault?.message ?? 'no answer yet'})`),
    );
    if (this.#leading) return;
    this.#leading = true;
    this.#ports.log.info({ identity: this.#options.identity }, 'elected leader');
    this.#ports.onElected();
  }

  #leftMs(): number {
    return this.#renewedMs + this.#deadlineMs - this.#ports.clock.now();
  }

  #lose(why: string, level: 'info' | 'warn' = 'warn'): void {
    if (!this.#leading) return;
    this.#leading = false;
    this.#cancelDeadline();
    this.#ports.log[level]({ identity: this.#options.identity }, `no longer leads: ${why}`);
    this.#ports.onLost();
  }

  /** Logs a fault that lasts once; a conflict is an ordinary race. */
  #logFault(fault: Fault): void {
    const { reason, status, message } = fault;
    const isNews = reason !== this.#fault?.reason || status !== this.#fault.status;
    const level = isNews && reason !== 'conflict' ? 'warn' : 'debug';
    this.#fault = fault;
    this.#ports.log[level]({ lease: this.#options.lease, reason }, message);
  }

  /** Reads the Lease again: the API server may have accepted a renewal after we stopped waiting for its answer. */
  async #release(): Promise<void> {
    const { clock, log } = this.#ports;
    try {
      await underWatchdog(clock, new AbortController().signal, releaseMs, async (signal) => {
        const lease = await this.#object.read(signal);
        if (lease?.holder === this.#options.identity)
          await this.#object.replace(lease, this.#holding('', 1), signal);
      });
    } catch (error) {
      const { reason, message } = faultOf(error);
      log.info(
        { lease: this.#options.lease, reason },
        `the Lease could not be released, so another replica takes it when it expires: ${message}`,
      );
    }
  }

  #holding(holder: string, durationSeconds: number): Holding {
    return { holder, durationSeconds, dateMs: this.#ports.clock.wallMs() };
  }
}

function nothing(): void {}
