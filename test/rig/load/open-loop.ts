import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { send, sendTls } from '../envoy/http-client.ts';

export interface OpenLoopOptions {
  readonly port: number;
  /** This machine's loopback unless said otherwise. */
  readonly address?: string;
  /** Or one after the other of several. */
  readonly host: string | readonly string[];
  readonly perSecond: number;
  /** The host is the server name too. */
  readonly tls?: boolean;
  /** One request in so many opens a connection of its own. */
  readonly freshEvery?: number;
  /** A test that never ends must not go on for ever. */
  readonly maxRequests?: number;
}

export interface OpenLoopResult {
  readonly sent: number;
  /** Answers by status, and requests without one by what went wrong. */
  readonly counts: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

/**
 * Requests at a fixed rate, whether answers come or not, until `stop`: a stall shows as slow and failed requests and not
 * as fewer of them. One in four opens a connection of its own, unless said otherwise; the others share what a
 * keep-alive pool has.
 */
export class OpenLoop {
  readonly #options: OpenLoopOptions;
  /** Its connections are used in turn: one that is idle for long hears of nothing. */
  readonly #agent: Agent;
  readonly #counts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #slowestMs = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: 64, scheduling: 'fifo' } as const;
    this.#agent = options.tls === true ? new TlsAgent(pool) : new Agent(pool);
    this.#timer = setInterval(() => this.#tick(), 3);
  }

  /** Requests so far, those without an answer yet included. */
  get sent(): number {
    return this.#sent;
  }

  /** Returns what came so far: answers by status, and requests without one by what went wrong. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
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
    const { maxRequests = 20_000 } = this.#options;
    while (this.#sent < Math.min(due, maxRequests)) {
      const request = this.#send(this.#sent++);
      this.#underWay.add(request);
      void request.then(() => this.#underWay.delete(request));
    }
  }

  async #send(n: number): Promise<void> {
    const { port, address = '127.0.0.1', tls = false, freshEvery = 4 } = this.#options;
    const hosts = [this.#options.host].flat();
    const host = hosts[n % hosts.length] ?? '';
    const startedAt = performance.now();
    let kind: string;
    try {
      const request = { address, host, ...(n % freshEvery > 0 ? { agent: this.#agent } : {}) };
      const answer = await (tls ? sendTls(port, { ...request, serverName: host }) : send(port, request));
      kind = answer.status === 200 ? '200' : `${answer.status} ${answer.body}`;
    } catch (error) {
      kind = String(error);
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
