import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { send, sendTls } from '../envoy/http-client.ts';

export interface OpenLoopOptions {
  readonly port: number;
  /** This machine's loopback by default. */
  readonly address?: string;
  /** Several hosts are used in turn. */
  readonly host: string | readonly string[];
  readonly perSecond: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The host is the server name, too. */
  readonly tls?: boolean;
  /** One request in so many opens a connection of its own. */
  readonly freshEvery?: number;
  /** Ends a load whose test never stops it. */
  readonly maxRequests?: number;
}

export interface OpenLoopResult {
  readonly sent: number;
  /** Answers by status, or by the error when there was none. */
  readonly counts: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

/**
 * A fixed rate, answered or not, until `stop`: a stall gives slow and failed requests, not fewer. The requests of
 * `mostUnderWayMs` wait at most; further ones are left out, as a machine that answers more slowly would answer none of
 * them in time. By default one in four opens a connection of its own; the others share a keep-alive pool.
 */
export class OpenLoop {
  readonly #options: OpenLoopOptions;
  /** Connections are used in turn: an idle one would not notice its end. */
  readonly #agent: Agent;
  readonly #counts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #startedAt = performance.now();
  #sent = 0;
  #slowestMs = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: 64, scheduling: 'fifo' } as const;
    this.#agent = options.tls === true ? new TlsAgent(pool) : new Agent(pool);
    this.#timer = setInterval(() => this.#tick(), 3);
  }

  /** Includes those without an answer yet. */
  get sent(): number {
    return this.#sent;
  }

  /** Answers by status, and requests without one by their error. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get failures(): number {
    return [...this.#counts].reduce((sum, [kind, count]) => sum + (kind === '200' ? 0 : count), 0);
  }

  get good(): number {
    return this.#counts.get('200') ?? 0;
  }

  async stop(): Promise<OpenLoopResult> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#agent.destroy();
    return { sent: this.#sent, counts: this.#counts, slowestMs: this.#slowestMs };
  }

  #tick(): void {
    const now = performance.now();
    const { perSecond, maxRequests = 20_000 } = this.#options;
    const due = Math.floor(((now - this.#startedAt) * perSecond) / 1000);
    const most = this.#sent + Math.max(0, (mostUnderWayMs * perSecond) / 1000 - this.#underWay.size);
    if (due > most) this.#startedAt = now - (most * 1000) / perSecond;
    while (this.#sent < Math.min(due, most, maxRequests)) {
      const request = this.#send(this.#sent++);
      this.#underWay.add(request);
      void request.then(() => this.#underWay.delete(request));
    }
  }

  async #send(n: number): Promise<void> {
    const { port, address = '127.0.0.1', tls = false, freshEvery = 4, headers = {} } = this.#options;
    const hosts = [this.#options.host].flat();
    const host = hosts[n % hosts.length] ?? '';
    const startedAt = performance.now();
    let kind: string;
    try {
      const request = { address, host, headers, ...(n % freshEvery > 0 ? { agent: this.#agent } : {}) };
      const answer = await (tls ? sendTls(port, { ...request, serverName: host }) : send(port, request));
      kind = answer.status === 200 ? '200' : `${answer.status} ${answer.body}`;
    } catch (error) {
      kind = String(error);
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

const mostUnderWayMs = 2000;
