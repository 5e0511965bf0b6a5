import { connect, type ClientHttp2Session } from 'node:http2';

/** Fixed rate on HTTP/2 until `stop`. After a GOAWAY, a connection gets no new request and another one opens. */
export class Http2Loop {
  readonly #authority: string;
  readonly #host: string;
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #counts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(port: number, host: string) {
    this.#authority = `http://127.0.0.1:${port}`;
    this.#host = host;
    for (let i = 0; i < connections; i++) this.#open(i);
    this.#timer = setInterval(() => {
      const request = this.#send(this.#sent++);
      this.#underWay.add(request);
      void request.then(() => this.#underWay.delete(request));
    }, everyMs);
  }

  get good(): number {
    return this.#counts.get('200') ?? 0;
  }

  async stop(): Promise<{ readonly sent: number; readonly counts: ReadonlyMap<string, number> }> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    for (const session of this.#sessions.splice(0)) session.destroy();
    return { sent: this.#sent, counts: this.#counts };
  }

  #open(index: number): void {
    const session = connect(this.#authority);
    this.#sessions[index] = session;
    const replace = (): void => {
      if (this.#sessions[index] === session) this.#open(index);
    };
    session.on('goaway', replace);
    session.on('close', replace);
    session.on('error', (error) => this.#count(`connection: ${String(error)}`));
  }

  #send(n: number): Promise<void> {
    const session = this.#sessions[n % connections];
    return new Promise((resolve) => {
      let result = 'no answer';
      const stream = session?.request({ ':path': '/', ':authority': this.#host });
      stream?.on('response', (headers) => (result = String(headers[':status'])));
      stream?.on('error', (error) => (result = String(error)));
      stream?.on('close', () => {
        this.#count(result);
        resolve();
      });
      stream?.resume();
    });
  }

  #count(result: string): void {
    this.#counts.set(result, (this.#counts.get(result) ?? 0) + 1);
  }
}

const connections = 8;
const everyMs = 10;
