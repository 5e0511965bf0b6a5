import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { converge } from '../../test/rig/envoy/converge.ts';

export interface PeerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Gets all output; of an earlier process nothing stays. */
  readonly logFile: string;
  /** The process accepts xDS streams when it listens here. */
  readonly xdsPort: number;
}

/** Process of a control plane; ends with this one. */
export class PeerProcess {
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #options: PeerProcessOptions;
  readonly #ended: Promise<unknown>;

  constructor(options: PeerProcessOptions) {
    const { program, args, env, cwd, logFile } = options;
    this.#options = options;
    const log = openSync(logFile, 'w');
    this.#child = spawn(program, args, { env: { ...process.env, ...env }, cwd, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#ended = once(this.#child, 'exit');
    this.#ended.catch(() => {});
    process.once('exit', this.#kill);
  }

  processes(): readonly number[] {
    const { pid } = this.#child;
    return pid === undefined ? [] : [pid];
  }

  async ready(): Promise<void> {
    const { program, logFile, xdsPort } = this.#options;
    await converge(async () => {
      if (this.#hasEnded) return true;
      return await accepts(xdsPort);
    }, startMs);
    if (this.#hasEnded)
      throw new Error(`${program} has ended: ${readFileSync(logFile, 'utf8').slice(-1000)}`);
  }

  async stop(): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#hasEnded) return;
    this.#child.kill('SIGTERM');
    const deadline = setTimeout(this.#kill, stopMs);
    await this.#ended;
    clearTimeout(deadline);
  }

  get #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A start reads every object, which takes a peer half a minute for 10,000 routes on a busy machine. */
const startMs = 180_000;
/** Istio waits up to ten seconds for its proxies. */
const stopMs = 3000;
