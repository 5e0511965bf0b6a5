import { setTimeout as pause } from 'node:timers/promises';
import { failureText } from '../lib/failure.ts';
import type { Surroundings } from './command.ts';
import { loadText, type ReplicaLoad } from './load-table.ts';
import { loadBetween, type Scrape } from './load.ts';
import { readSamples } from './metric-samples.ts';
import type { Place } from './place.ts';
import { findReplicas, type Replica } from './replicas.ts';

export interface TopOptions extends Place {
  readonly once: boolean;
  readonly output: 'table' | 'json';
}

/** Rates need two scrapes. */
const intervalMs = 1000;

/** `sluice top`: resolves to the exit code, after `q` or Ctrl-C where it goes on. */
export async function top(
  { once, output, ...place }: TopOptions,
  { terminal, signal }: Surroundings,
): Promise<number> {
  const found = await findReplicas(place, signal);
  if (found.kind === 'error') {
    terminal.err(`sluice: top: ${found.line}`);
    return 2;
  }
  const watches = found.replicas.map((replica) => new ReplicaWatch(replica));
  const sample = (until: AbortSignal): Promise<readonly ReplicaLoad[]> =>
    Promise.all(watches.map((watch) => watch.sample(until)));
  const first = await sample(signal);
  const faults = watches.flatMap(({ fault }) => fault ?? []);
  for (const fault of faults) terminal.err(`sluice: top: ${fault}`);
  if (faults.length === first.length) return 2;
  const print = (loads: readonly ReplicaLoad[], before = ''): void =>
    terminal.out(output === 'json' ? `${JSON.stringify(loads, undefined, 2)}\n` : before + loadText(loads));
  if (once || output === 'json' || !process.stdout.isTTY) {
    await pause(intervalMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) print(await sample(signal));
    return 0;
  }
  const keys = new Keys(signal);
  // The terminal's other screen: what was there before comes back at the end.
  terminal.out('\u001B[?1049h');
  try {
    while (!keys.ended.aborted) {
      await pause(intervalMs, undefined, { signal: keys.ended }).catch(() => {});
      if (!keys.ended.aborted) print(await sample(keys.ended), '\u001B[H\u001B[J');
    }
  } finally {
    terminal.out('\u001B[?1049l');
    keys.close();
  }
  return 0;
}

class ReplicaWatch {
  fault: string | undefined;
  readonly #replica: Replica;
  #last: Scrape | undefined;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Resolves to the load since the last call. */
  async sample(signal: AbortSignal): Promise<ReplicaLoad> {
    const { name: replica } = this.#replica;
    const before = this.#last;
    try {
      const samples = readSamples(await this.#replica.get('/metrics', signal));
      this.#last = { atMs: performance.now(), samples };
      this.fault = undefined;
    } catch (error) {
      this.#last = undefined;
      this.fault = failureText(error);
    }
    const after = this.#last;
    return { replica, load: before && after && loadBetween(before, after) };
  }
}

const ends: readonly string[] = ['q', 'Q', '\u0003'];

/** Ends at `q` and at Ctrl-C, which a terminal in raw mode gives as a character. */
class Keys {
  readonly ended: AbortSignal;
  readonly #controller = new AbortController();

  constructor(signal: AbortSignal) {
    this.ended = AbortSignal.any([signal, this.#controller.signal]);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onData);
  }

  readonly #onData = (typed: Buffer): void => {
    if (ends.some((key) => typed.includes(key))) this.#controller.abort();
  };

  close(): void {
    if (!process.stdin.isTTY) return;
    process.stdin.off('data', this.#onData);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
