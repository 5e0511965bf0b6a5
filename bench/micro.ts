import { Bench } from 'tinybench';
import { must } from '../src/lib/assert.ts';
import { figure, table } from '../test/rig/load/table.ts';

export interface Suite {
  readonly title: string;
  readonly cases: readonly { readonly name: string; readonly run: () => void | Promise<void> }[];
}

/** Prints microseconds: median and 99th percentile. */
export async function printSuite({ title, cases }: Suite): Promise<void> {
  process.stderr.write(`bench: ${title}\n`);
  const bench = new Bench({ name: title, time: 300, warmupTime: 100, throws: true });
  for (const { name, run } of cases) bench.add(name, run);
  await bench.run();
  const rows = bench.tasks.map((task) => {
    const { result } = task;
    if (!('latency' in result)) throw new Error(`${task.name}: ${result.state}`);
    const { p50, p99, samplesCount } = must(result.latency, 'latency');
    return [task.name, figure(p50 * 1000), figure(p99 * 1000), String(samplesCount)];
  });
  process.stdout.write(`\n${title}\n${table(['case', 'p50 µs', 'p99 µs', 'samples'], rows)}\n`);
}
