import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that a system gives to connections, so that no connection takes a port before its server listens.
 * Workers of Vitest have a share each; another run on this machine most likely begins elsewhere.
 */
const first = 10_000;
const share = 2000;
const shares = 10;
const from = first + (Number(process.env['VITEST_POOL_ID'] ?? 0) % shares) * share;
let next = randomInt(share);

/** All different, and free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let attempts = 0; ports.length < count; attempts++) {
    if (attempts > share) throw new Error(`no ${count} free ports from ${from} on`);
    const port = from + (next++ % share);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
