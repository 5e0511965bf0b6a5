import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { contentHash } from '../lib/hash.ts';
import type { Faults } from '../observe/faults.ts';
import { readPidFile, removePidFile, writePidFile, type RunningProcess } from './pid-file.ts';
import { processStart } from './process-identity.ts';

export interface ProcessSpec {
  /** Name of its files, without a slash. */
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** More that must be equal for a running process to be taken over. */
  readonly identity: string;
}

export interface ProcessHost {
  readonly stateDir: string;
  readonly say: (line: string) => void;
  readonly faults: Faults;
}

const firstBackoffMs = 500;
const maxBackoffMs = 10_000;
/** A process that ran this long has started well; its next end is logged again. */
const healthyAfterMs = 10_000;
const graceMs = 3000;
const pollMs = 100;
const shownLines = 5;
const maxShownLength = 200;

/**
 * A process that survives a kill of Sluice, and is taken over by the next run: it has its own session, writes to a
 * file, and a pid file records its arguments. Restarted with growing pauses when it ends.
 */
export class SupervisedProcess {
  readonly #spec: ProcessSpec;
  readonly #pidFile: string;
  readonly #logFile: string;
  readonly #fingerprint: string;
  readonly #say: (line: string) => void;
  readonly #faults: Faults;
  #running: RunningProcess | undefined;
  #stopped = false;
  #backoffMs = firstBackoffMs;
  #startedAt = 0;
  #cancelTimer = (): void => {};

  constructor(spec: ProcessSpec, { stateDir, say, faults }: ProcessHost) {
    this.#spec = spec;
    this.#pidFile = join(stateDir, `${spec.name}${pidSuffix}`);
    this.#logFile = join(stateDir, `${spec.name}.log`);
    this.#fingerprint = contentHash(JSON.stringify([spec.command, spec.args, spec.cwd, spec.identity]));
    this.#say = say;
    this.#faults = faults;
  }

  get name(): string {
    return this.#spec.name;
  }

  get title(): string {
    return this.#spec.title;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** Returns true when the earlier process can be taken over; then it holds its own ports. */
  get adoptable(): boolean {
    return readPidFile(this.#pidFile)?.fingerprint === this.#fingerprint;
  }

  /** Takes over the earlier process, or ends one with other arguments and starts a new one. */
  async start(): Promise<'adopted' | 'started' | 'failed'> {
    const earlier = readPidFile(this.#pidFile);
    if (earlier?.fingerprint === this.#fingerprint) {
      this.#running = earlier;
      this.#startedAt = performance.now();
      this.#watchAdopted(earlier);
      return 'adopted';
    }
    if (earlier !== undefined) await end(earlier);
    return this.#spawn();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    if (this.#running !== undefined) await end(this.#running);
    this.#running = undefined;
    removePidFile(this.#pidFile);
  }

  kill(): void {
    this.#stopped = true;
    if (this.#running !== undefined) signalGroup(this.#running.pid, 'SIGKILL');
    removePidFile(this.#pidFile);
  }

  async #spawn(): Promise<'started' | 'failed'> {
    const { command, args, cwd, title } = this.#spec;
    const log = openSync(this.#logFile, 'w');
    const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const failure = await new Promise<Error | undefined>((resolve) => {
      child.once('spawn', () => resolve(undefined));
      child.once('error', resolve);
    });
    if (failure !== undefined || child.pid === undefined) {
      this.#say(`${title} cannot be started: ${command} (${failureText(failure)})`);
      return 'failed';
    }
    this.#startedAt = performance.now();
    const ended = (code: number | null, signal: string | null): void =>
      void this.#faults.guard('process', () =>
        this.#ended(signal === null ? `with code ${code}` : `by ${signal}`),
      );
    if (child.exitCode === null && child.signalCode === null) child.once('exit', ended);
    else ended(child.exitCode, child.signalCode);
    try {
      this.#running = writePidFile(this.#pidFile, child.pid, this.#fingerprint);
    } catch (error) {
      // Without a pid file no later run would find it.
      signalGroup(child.pid, 'SIGKILL');
      throw error;
    }
    // Stopped during its start: nothing else would end it.
    if (this.#stopped) await this.stop();
    return 'started';
  }

  /** Polls: the system reports the end of a process only to its parent. */
  #watchAdopted(process: RunningProcess): void {
    this.#cancelTimer = this.#faults.clock.after(pollMs * 5, () => {
      if (this.#stopped) return;
      if (processStart(process.pid) === process.start) this.#watchAdopted(process);
      else this.#ended('unexpectedly');
    });
  }

  #ended(how: string): void {
    this.#running = undefined;
    removePidFile(this.#pidFile);
    if (this.#stopped) return;
    if (performance.now() - this.#startedAt > healthyAfterMs) this.#backoffMs = firstBackoffMs;
    const pause = `${this.#backoffMs / 1000} s`;
    this.#say(`${this.#spec.title} ended ${how}; it starts again in ${pause}. The end of ${this.#logFile}:`);
    for (const line of this.#lastLines()) this.#say(`  ${line}`);
    this.#startAgain();
  }

  /** A full disk, or a binary under replacement, may prevent a start for a while. */
  #startAgain(): void {
    this.#cancelTimer = this.#faults.clock.after(this.#backoffMs, async () => {
      if (this.#stopped) return;
      let how: 'started' | 'failed' = 'failed';
      try {
        how = await this.#spawn();
      } finally {
        if (how === 'failed' && !this.#stopped) this.#startAgain();
      }
    });
    this.#backoffMs = Math.min(this.#backoffMs * 2, maxBackoffMs);
  }

  #lastLines(): readonly string[] {
    try {
      const text = readFileSync(this.#logFile, 'utf8').slice(-10_000);
      const lines = text.trimEnd().split('\n').slice(-shownLines);
      return lines.map((line) => line.slice(0, maxShownLength));
    } catch (error) {
      return [`(cannot be read: ${failureText(error)})`];
    }
  }
}

/** Ends processes of an earlier run that are not in `kept`, such as the Envoy of a deleted Gateway. */
export async function endLeftovers(stateDir: string, kept: ReadonlySet<string>): Promise<void> {
  for (const file of readdirSync(stateDir)) {
    if (!file.endsWith(pidSuffix) || kept.has(file.slice(0, -pidSuffix.length))) continue;
    const leftover = readPidFile(join(stateDir, file));
    if (leftover !== undefined) await end(leftover);
    removePidFile(join(stateDir, file));
  }
}

const pidSuffix = '.pid';

/** Asks the process and its children to end, and kills them after a grace. */
async function end({ pid, start }: RunningProcess): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (processStart(pid) === start) {
    if (performance.now() > deadline) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs / 4));
  }
}

/** It leads a session, so its group is itself and its children. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {}
}
