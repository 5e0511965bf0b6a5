import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs this very command on another Node.js and ends as that ends, by code or by signal. Resolves to false when it
 * cannot be started, as the pinned one where the system has another C library.
 *
 * @param {string} node
 * @returns {Promise<boolean>}
 */
export function handOver(node) {
  // Programs that begin with `#!/usr/bin/env node` find it as well.
  const env = { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  // Before it starts, so that no signal finds the default and ends this process alone.
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal has sent its Ctrl-C to both, and a second one would mean that the end is to be forced.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit', env });
  return new Promise((resolve) => {
    child.once('error', () => {
      for (const signal of signals) process.removeAllListeners(signal);
      resolve(false);
    });
    child.once('exit', (code, signal) => {
      if (signal === null) process.exit(code ?? 1);
      process.exitCode = 1;
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      resolve(true);
    });
  });
}
