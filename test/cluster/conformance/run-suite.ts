import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SuiteLog } from './suite-log.ts';

/** Runs the suite's program with its output in a file, and gives a line for each test that has ended. */
export async function runSuite(
  flags: readonly string[],
  output: string,
  say: (line: string) => void,
): Promise<{ readonly log: SuiteLog; readonly code: number }> {
  const program = join(process.env['BED_BIN'] ?? '', 'conformance.test');
  const suite = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(suite, 'close');
  const file = createWriteStream(output);
  suite.stderr.pipe(file, { end: false });
  const log = new SuiteLog();
  for await (const line of createInterface(suite.stdout)) {
    file.write(`${line}\n`);
    const ended = log.add(line);
    if (ended !== undefined) say(ended);
  }
  const [code] = (await closed) as [number | null];
  return { log, code: code ?? 1 };
}
