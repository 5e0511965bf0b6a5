#!/usr/bin/env node
import { parseCommandLine, type CommandLine } from './command/command-line.ts';
import { LastResort } from './command/last-resort.ts';
import { processTerminal as terminal } from './command/terminal.ts';

const ending = new AbortController();
const lastResort = new LastResort(terminal, () => ending.abort());

/** Handles still open after a command may keep the process for this long. */
const lingerMs = 2000;

/** Ctrl-C under npm sends two signals, from the terminal and from npm: within this time they count as one. */
const sameWishMs = 1000;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  let askedAt: number | undefined;
  process.on(name, () => {
    askedAt ??= performance.now();
    ending.abort();
    if (performance.now() - askedAt < sameWishMs) return;
    // A second signal ends the process even if the regular end hangs.
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  });
}
// A reader such as `head` may leave early.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  process.exitCode = await run(parseCommandLine(process.argv.slice(2)));
} catch (error) {
  lastResort.strike(error);
}
if (lastResort.struck) process.exitCode = 1;
setTimeout(() => process.exit(), lingerMs).unref();

function run(line: CommandLine): Promise<number> {
  if (line.kind === 'run') return line.bound.run({ terminal, signal: ending.signal });
  terminal.err(line.line);
  return Promise.resolve(2);
}
