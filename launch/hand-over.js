import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs this command on another Node.js and ends with the same exit code or signal. Resolves to false when that one does
 * not start, for example where the system has another C library.
 *
 * @param {string} node
 * @returns {Promise<boolean>}
 */
export function handOver(node) {
  // Programs with `#!/usr/bin/env node` find it as well.
  const env = { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  // Set before the start: by default a signal would end this process alone.
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both processes, and a second SIGINT would force the end.
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
