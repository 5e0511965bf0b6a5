import { connect } from 'node:net';

/** Sends bytes and returns all that comes back until the connection ends, which a proxy may do by itself. */
export function exchange(port: number, text: string, timeoutMs = 20_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    socket.setEncoding('latin1');
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      reject(new Error(`still open, with ${JSON.stringify(received)}`));
    });
    socket.on('data', (bytes: string) => (received += bytes));
    // A reset ends it as well.
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
    socket.write(text);
  });
}

/** Returns the status of the answer to a request that is written as it is; 0 without an answer. */
export async function statusOf(port: number, text: string): Promise<number> {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(await exchange(port, text))?.[1] ?? 0);
}

/** A request for which the proxy ends the connection after its answer. */
export function plainGet(host: string, headers = ''): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${headers}\r\n`;
}
