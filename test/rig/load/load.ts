import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { converge } from '../envoy/converge.ts';
import type { OpenLoopOptions } from './open-loop.ts';

export type LoadCommand =
  | { readonly kind: 'begin'; readonly loops: readonly OpenLoopOptions[] }
  | { readonly kind: 'stop' };

export type LoadAnswer =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'counts'; readonly sent: number; readonly counts: ReadonlyMap<string, number> }
  | { readonly kind: 'stopped' };

/** A fixed rate of requests and their backend, in a process that takes no time from the caller's thread. */
export class Load {
  readonly backendPort: number;
  readonly #process: ChildProcess;
  #sent = 0;
  #counts: ReadonlyMap<string, number> = new Map();

  private constructor(child: ChildProcess, backendPort: number) {
    this.#process = child;
    this.backendPort = backendPort;
    child.on('message', (answer: LoadAnswer) => {
      if (answer.kind !== 'counts') return;
      this.#sent = answer.sent;
      this.#counts = answer.counts;
    });
  }

  static async start(): Promise<Load> {
    // `advanced` lets a Map through.
    const child = fork(join(import.meta.dirname, 'load-process.ts'), {
      serialization: 'advanced',
      execArgv: [],
    });
    const { port } = await answerOf(child, 'listening');
    return new Load(child, port);
  }

  begin(loops: readonly OpenLoopOptions[]): void {
    this.#tell({ kind: 'begin', loops });
  }

  /** As of a tenth of a second ago. */
  get sent(): number {
    return this.#sent;
  }

  get good(): number {
    return this.#counts.get('200') ?? 0;
  }

  /** Requests not answered with 200, by the status or error. */
  get failures(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].filter(([kind]) => kind !== '200'));
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when requests are answered as they come: a machine too busy for the rate judges no control plane. */
  async keepsUp(): Promise<void> {
    await converge(() => this.#sent - this.good - this.failed <= maxUnderWay, patienceMs);
  }

  get summary(): string {
    const [worst] = [...this.failures].sort(([, a], [, b]) => b - a);
    const most = worst === undefined ? '' : ` (${worst[0].slice(0, 60)}: ${worst[1]})`;
    return `${this.#sent} requests, ${this.failed} failed${most}`;
  }

  /** Waits for the last answers, after which the counts are final. */
  async stop(): Promise<void> {
    const stopped = answerOf(this.#process, 'stopped');
    this.#tell({ kind: 'stop' });
    await stopped;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  #tell(command: LoadCommand): void {
    this.#process.send(command);
  }
}

/** A fifth of a second at 500 requests a second. */
const maxUnderWay = 100;
const patienceMs = 120_000;

type AnswerOf<K extends LoadAnswer['kind']> = Extract<LoadAnswer, { kind: K }>;

/** Rejects when the process ends first. */
function answerOf<K extends LoadAnswer['kind']>(child: ChildProcess, kind: K): Promise<AnswerOf<K>> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the process of the load ended')));
    child.on('message', (answer: LoadAnswer) => {
      if (answer.kind === kind) resolve(answer as AnswerOf<K>);
    });
  });
}
