import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { contentHash } from '../lib/hash.ts';
import type { Faults } from '../observe/faults.ts';
import { readPidFile, removePidFile, writePidFile, type RunningProcess } from './pid-file.ts';
import { processStart } from './process-identity.ts';

export interface ProcessSpec {
  /** Names its files; no slash. */
  readonly name: string;
  /** Its name in lines for the user. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Anything else that a running one must have been started with to be the same. */
  readonly identity: string;
}

/** Collaborators that all processes of one Sluice share. */
export interface ProcessHost {
  /** The folder of their files. */
  readonly stateDir: string;
  /** Tells the user. */
  readonly say: (line: string) => void;
  readonly faults: Faults;
}

const firstBackoffMs = 500;
const maxBackoffMs = 10_000;
/** Having run for so long, a process has come up well, and the next end of it is news again. */
const healthyAfterMs = 10_000;
/** Between the request to end and the kill. */
const graceMs = 3000;
const pollMs = 100;
const shownLines = 5;
const maxShownLength = 200;

/**
 * A process that outlives us when we are killed, and is taken over by the next run: it has a session of its own, writes
 * to a file, and a pid file says what it was started with. Restarted with growing pauses when it ends unasked.
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

  /** Returns true when an earlier run's process can be taken over; if so its ports are its own. */
  get adoptable(): boolean {
    return readPidFile(this.#pidFile)?.fingerprint === this.#fingerprint;
  }

  /** Takes over the earlier run's process, or ends it when it was started with something else, and starts a new one. */
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

  /** Ends it at once and waits for nothing, when this process can wait for nothing any more. */
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
      // Nobody would know of it any more.
      signalGroup(child.pid, 'SIGKILL');
      throw error;
    }
    // Stopped while it was being started: nobody else would end it.
    if (this.#stopped) await this.stop();
    return 'started';
  }

  /** We are not its parent, so nobody tells us of its end. */
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

  /** A full disk or a binary that is being replaced keeps it from starting for a while, and not for ever. */
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

/**
 * Ends what an earlier run left in the state folder and nobody has taken over, such as the Envoy of a Gateway that was
 * deleted meanwhile. `kept` are the names in use.
 */
export async function endLeftovers(stateDir: string, kept: ReadonlySet<string>): Promise<void> {
  for (const file of readdirSync(stateDir)) {
    if (!file.endsWith(pidSuffix) || kept.has(file.slice(0, -pidSuffix.length))) continue;
    const leftover = readPidFile(join(stateDir, file));
    if (leftover !== undefined) await end(leftover);
    removePidFile(join(stateDir, file));
  }
}

const pidSuffix = '.pid';

/** Asks the process and what it has started to end, and makes them after a grace. */
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

/** It leads a session of its own, so its group is exactly itself and its children. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
