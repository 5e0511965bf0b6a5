#!/usr/bin/env node
import { parseCommandLine, type Command } from './command/command-line.ts';
import { config } from './command/config.ts';
import { helpText } from './command/help.ts';
import { LastResort } from './command/last-resort.ts';
import { processTerminal as terminal } from './command/terminal.ts';
import { buildName } from './run/version.ts';

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

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'error':
      terminal.err(command.line);
      return 2;
    case 'help':
      terminal.out(helpText(command.command));
      return 0;
    case 'version':
      terminal.out(`${buildName()}\n`);
      return 0;
    case 'serve':
      // Imported on demand: the other commands answer at once, and without generated code.
      return (await import('./command/serve.ts')).serve(command.config, terminal, ending.signal);
    case 'infrastructure':
      return (await import('./command/infrastructure.ts')).infrastructure(
        command.config,
        terminal,
        ending.signal,
      );
    case 'standalone':
      return (await import('./command/standalone.ts')).standalone(command, terminal, ending.signal);
    case 'translate':
      return (await import('./command/translate.ts')).translate(command.path, command.format, terminal);
    case 'certgen':
      return (await import('./command/certgen.ts')).certgen(command, terminal, Date.now());
    case 'proxies':
      return (await import('./command/list-proxies.ts')).listProxies(command, terminal, ending.signal);
    case 'config':
      return config(command.page, terminal);
  }
}
