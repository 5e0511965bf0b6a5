import { request } from 'node:http';

const timeoutMs = 2000;

/** Returns the status of a GET on this machine; undefined when nothing answers there with HTTP. */
export function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/', timeout: timeoutMs, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}
