import type { Config } from '../config/config.ts';
import { isPortFree } from '../lib/free-port.ts';

export type ServerName = 'xds' | 'admin' | 'probes';

/** Returns one line for the first taken port. It names the option to change, which the servers' own errors do not. */
export async function takenPort(
  config: Config,
  servers: readonly ServerName[],
  portOption: (server: ServerName) => string = (server) => `${server}.port`,
): Promise<string | undefined> {
  for (const name of servers) {
    const { address, port } = config[name];
    if (port !== 0 && !(await isPortFree(port, address))) {
      return `port ${port} on ${address} is in use: end the program that has it, or choose another ${portOption(name)}`;
    }
  }
  return undefined;
}
