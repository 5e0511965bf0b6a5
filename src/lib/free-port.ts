import { createServer } from 'node:net';
import { failureText } from '../lib/failure.ts';

/** True while no program listens on the port; 0 always is free. Other failures are left to the server. */
export function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(failureText(error) !== 'EADDRINUSE'));
    probe.listen({ port, host: address, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
