import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** A block of one scenario with one control plane. */
export interface Run {
  readonly scenario: string;
  readonly controlPlane: string;
  readonly version: string;
  readonly routes: number;
  readonly block: number;
  readonly figures: Readonly<Record<string, number>>;
  /** Values for plots. */
  readonly series: Readonly<Record<string, readonly number[]>>;
  readonly notes: readonly string[];
  /** The command that repeats it. */
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
}

/** Kept in one file for each scenario; a new run of a scenario takes the place of its earlier ones. */
export class Results {
  readonly #folder: string;
  readonly #runs = new Map<string, Run[]>();
  readonly #place: Pick<Run, 'command' | 'date' | 'commit' | 'cores'>;

  constructor(folder: string, command: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#place = {
      command,
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      cores: cpus().length,
    };
  }

  /** Written at once, so that an interrupted plan keeps what it has measured. */
  add(run: Omit<Run, 'command' | 'date' | 'commit' | 'cores'>): void {
    const runs = this.#runs.get(run.scenario) ?? [];
    runs.push({ ...run, ...this.#place });
    this.#runs.set(run.scenario, runs);
    const lines = runs.map((one) => `${JSON.stringify(one)}\n`);
    writeFileSync(join(this.#folder, `${run.scenario}.jsonl`), lines.join(''));
  }

  get runs(): Run[] {
    return [...this.#runs.values()].flat();
  }
}

export function readResults(folder: string): Run[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Run);
}
