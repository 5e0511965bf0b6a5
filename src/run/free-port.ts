import { createServer } from 'node:net';
import { failureText } from '../lib/failure.ts';

/** Whether nobody listens on the port now; 0 always is free. What can fail for other reasons is left to the server. */
export function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(failureText(error) !== 'EADDRINUSE'));
    probe.listen({ port, host: address, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
