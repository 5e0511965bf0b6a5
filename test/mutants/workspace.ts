import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { must } from '../../src/lib/assert.ts';
import { mutated, type Mutant } from './mutant.ts';

/** `failed`: the first failure, as `file: test`; `why`: its message. */
export type Verdict =
  | { readonly kind: 'green' }
  | { readonly kind: 'red'; readonly failed: string; readonly why: string }
  | { readonly kind: 'unknown'; readonly problem: string };

/** A copy of the repository with broken sources. Packages and generated code are the originals. */
export class Workspace {
  readonly #directory: string;
  readonly #report: string;
  #child: ChildProcess | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#report = join(directory, 'report.json');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'proto'), { recursive: true });
    for (const name of copied) {
      cpSync(join(root, name), join(directory, name), {
        recursive: true,
        filter: (path) => !relative(root, path).startsWith(linked[1]),
      });
    }
    for (const name of linked) symlinkSync(join(root, name), join(directory, name));
  }

  /** Restores the source afterwards. */
  async verdictOf(mutant: Mutant): Promise<Verdict> {
    const path = join(this.#directory, mutant.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, must(mutated(source, mutant), mutant.id));
    try {
      return await this.run(mutant.tests, patienceMs);
    } finally {
      writeFileSync(path, source);
    }
  }

  /** Stops at the first failure. A timeout is red: a broken rule may well be an endless loop. */
  run(tests: readonly string[], waitMs = 10 * patienceMs): Promise<Verdict> {
    if (tests.length === 0) return Promise.resolve({ kind: 'green' });
    rmSync(this.#report, { force: true });
    const args = ['run', '--bail', '1', '--maxWorkers', '1', '--reporter', 'json', '--outputFile'];
    const child = spawn(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        ...args,
        this.#report,
        ...tests.map((test) => join(this.#directory, test)),
      ],
      // A group of its own, so that its workers end with it.
      { cwd: this.#directory, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    this.#child = child;
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-maxErrors)));
    return new Promise((resolve) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.stop();
      }, waitMs);
      child.on('close', (code) => {
        clearTimeout(timer);
        this.#child = undefined;
        if (isLate) resolve({ kind: 'red', failed: `no end within ${waitMs / 1000} s`, why: errors });
        else if (code === 0) resolve({ kind: 'green' });
        else resolve(this.#verdict(errors));
      });
    });
  }

  stop(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }

  #verdict(errors: string): Verdict {
    let report: Report;
    try {
      report = JSON.parse(readFileSync(this.#report, 'utf8')) as Report;
    } catch {
      return { kind: 'unknown', problem: errors };
    }
    for (const { name, message, assertionResults } of report.testResults) {
      const file = relative(this.#directory, name);
      const failed = assertionResults.find(({ status }) => status === 'failed');
      if (failed !== undefined) {
        return { kind: 'red', failed: `${file}: ${failed.title}`, why: failed.failureMessages.join('\n') };
      }
      // The file did not load: an edit that is no valid TypeScript shows nothing.
      if (message !== undefined && message !== '') return { kind: 'unknown', problem: message };
    }
    return { kind: 'red', failed: 'an error that was not caught', why: errors };
  }
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const root = join(import.meta.dirname, '../..');
const copied = ['src', 'test', 'workers', 'proto', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const linked = ['node_modules', join('proto', 'gen')] as const;
/** For the few tests of a mutant, which take seconds. */
const patienceMs = 90_000;
const maxErrors = 2000;
