import type { Sent } from '../../../src/kube/api-server.ts';
import { Fault, statusFault } from '../../../src/kube/fault.ts';
import { LeaderElection } from '../../../src/kube/leader-election.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { resourceKey } from '../../../src/lib/key.ts';
import { allServed } from './kube-resources.ts';
import { answerObject } from './object-requests.ts';
import { ObjectStore } from './object-store.ts';
import { SilentLog } from '../pipeline/silent-log.ts';

export const lease = resourceKey('Lease', 'sluice-system', 'sluice');

export const leaseMs = 15_000;
export const renewMs = 5000;

/** `lost` requests never arrive; `unanswered` ones do, and their answer does not. */
export type Outcome = 'ok' | 'lost' | 'unanswered' | 'refused' | 'conflict' | 'busy';

/** Replicas, the API server that they share, and the network between them. */
export class Replicas {
  readonly clock = new ManualClock();
  readonly store = new ObjectStore();
  readonly all: Replica[] = [];
  outcome: (replica: Replica, method: string) => Outcome = () => 'ok';
  /** One way. */
  latencyMs: () => number = () => 1;
  /** Elections while another replica led. */
  readonly doubles: string[] = [];

  /** `skewMs`: error of its date. */
  start(skewMs = 0): Replica {
    const replica = new Replica(this, `replica-${this.all.length}`, skewMs);
    this.all.push(replica);
    replica.election.start();
    return replica;
  }

  leaders(): readonly Replica[] {
    return this.all.filter((replica) => replica.isLeader());
  }

  holder(): unknown {
    const spec = this.store.get(lease)?.['spec'] as Record<string, unknown> | undefined;
    return spec?.['holderIdentity'];
  }

  /** Edits by hand, without the rules of the Lease. */
  edit(spec: object): void {
    this.store.put(lease, { spec });
  }
}

export class Replica implements Clock {
  readonly log = new SilentLog();
  readonly election: LeaderElection;
  readonly events: string[] = [];
  readonly requests: string[] = [];
  readonly #replicas: Replicas;
  readonly #name: string;
  readonly #skewMs: number;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #missed: (() => void)[] = [];

  constructor(replicas: Replicas, name: string, skewMs: number) {
    this.#replicas = replicas;
    this.#name = name;
    this.#skewMs = skewMs;
    this.election = new LeaderElection(
      { send: (sent, signal) => this.#send(sent, signal) },
      { namespace: 'sluice-system', lease: 'sluice', identity: name, leaseMs, renewMs },
      {
        clock: this,
        log: this.log,
        onElected: () => {
          const other = replicas.leaders().find((leader) => leader !== this);
          if (other !== undefined) replicas.doubles.push(`${name} beside ${other.#name}`);
          this.events.push('elected');
        },
        onLost: () => this.events.push('lost'),
      },
    );
  }

  isLeader(): boolean {
    return this.#state !== 'dead' && this.election.isLeader();
  }

  /** As by SIGSTOP: time passes, and nothing runs. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const task of this.#missed.splice(0)) task();
  }

  kill(): void {
    this.#state = 'dead';
    this.#missed = [];
  }

  now(): number {
    return this.#replicas.clock.now() + this.#skewMs * 7 + 1e7;
  }

  wallMs(): number {
    return this.#replicas.clock.wallMs() + this.#skewMs;
  }

  after(delayMs: number, task: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#replicas.clock.after(delayMs, () => {
      this.#happen(() => {
        if (!isCancelled) task();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #happen(task: () => void): void {
    if (this.#state === 'running') task();
    else if (this.#state === 'stopped') this.#missed.push(task);
  }

  #send({ method, path, body }: Sent, signal: AbortSignal): Promise<unknown> {
    const { clock, store, outcome, latencyMs } = this.#replicas;
    this.requests.push(method);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const what = outcome(this, method);
    clock.after(latencyMs(), () => {
      if (what === 'lost') return;
      const request = { method, path, body: structuredClone(body) };
      const answer =
        what === 'ok' || what === 'unanswered' ? answerObject(store, served, request) : undefined;
      if (what === 'unanswered') return;
      clock.after(latencyMs(), () =>
        this.#happen(() => {
          if (answer === undefined) reject(faults[what as keyof typeof faults]());
          else if (answer.status < 300) resolve(answer.document);
          else reject(statusFault(answer.status, answer.document));
        }),
      );
    });
    return promise;
  }
}

const served = allServed();

const faults = {
  refused: () => new Fault('connection', 'no connection to the API server (ECONNREFUSED)'),
  conflict: () => statusFault(409, undefined),
  busy: () => statusFault(503, undefined),
};
