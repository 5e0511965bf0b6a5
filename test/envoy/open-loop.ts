import { Agent } from 'node:http';
import { send } from './http-client.ts';

export interface OpenLoopOptions {
  readonly port: number;
  /** This machine's loopback unless said otherwise. */
  readonly address?: string;
  /** Or one after the other of several. */
  readonly host: string | readonly string[];
  readonly perSecond: number;
}

export interface OpenLoopResult {
  readonly sent: number;
  /** Answers by status, and requests without one by what went wrong. */
  readonly counts: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

/**
 * Requests at a fixed rate, whether answers come or not, until `stop`: a stall shows as slow and failed requests and not
 * as fewer of them. One in four opens a connection of its own; the others share what a keep-alive pool has.
 */
export class OpenLoop {
  readonly #options: OpenLoopOptions;
  /** Its connections are used in turn: one that is idle for long hears of nothing. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'fifo' });
  readonly #counts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #slowestMs = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), 3);
  }

  /** Answers that were not 200, so far. */
  get failures(): number {
    return [...this.#counts].reduce((sum, [kind, count]) => sum + (kind === '200' ? 0 : count), 0);
  }

  /** Requests that have been answered with 200 so far. */
  get good(): number {
    return this.#counts.get('200') ?? 0;
  }

  /** Waits for the answers that are still to come. */
  async stop(): Promise<OpenLoopResult> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#agent.destroy();
    return { sent: this.#sent, counts: this.#counts, slowestMs: this.#slowestMs };
  }

  #tick(): void {
    const due = Math.floor(((performance.now() - this.#startedAt) * this.#options.perSecond) / 1000);
    while (this.#sent < Math.min(due, maxRequests)) {
      const request = this.#send(this.#sent++);
      this.#underWay.add(request);
      void request.then(() => this.#underWay.delete(request));
    }
  }

  async #send(n: number): Promise<void> {
    const { port, address = '127.0.0.1' } = this.#options;
    const hosts = [this.#options.host].flat();
    const host = hosts[n % hosts.length] ?? '';
    const startedAt = performance.now();
    let kind: string;
    try {
      const answer = await send(port, { address, host, ...(n % 4 > 0 ? { agent: this.#agent } : {}) });
      kind = answer.status === 200 ? '200' : `${answer.status} ${answer.body}`;
    } catch (error) {
      kind = String(error);
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

/** A test that never ends must not go on for ever. */
const maxRequests = 20_000;
