import type { EntryInForce, HostInForce, InForce } from './in-force.ts';

/** Asks a process, or one's own pipeline, for a page: a list of JSON values. */
export type Ask = (
  page: string,
  query: readonly (readonly [string, string])[],
) => Promise<readonly unknown[]>;

/** Reads what is in force by the pages of `run/in-force/pages.ts`, which answer in these forms. */
export function inForceBy(ask: Ask): InForce {
  const all = async <T>(page: string, query: Record<string, string>): Promise<readonly T[]> =>
    (await ask(page, Object.entries(query))) as readonly T[];
  const resources = async <T>(gateway: string, type: string, names: readonly string[]): Promise<T[]> => {
    const found: T[] = [];
    for (let from = 0; from < names.length; from += namesAtOnce) {
      const asked = names.slice(from, from + namesAtOnce).map((name) => ['name', name] as const);
      found.push(...((await ask('resources', [['gateway', gateway], ['type', type], ...asked])) as T[]));
    }
    return found;
  };
  return {
    listening: (port, host) => all('listening', { port: String(port), host }),
    listeners: (gateway, names) => resources(gateway, 'listeners', names),
    routeConfigurations: (gateway, names) => resources(gateway, 'routes', names),
    clusters: (gateway, names) => resources(gateway, 'clusters', names),
    endpoints: (gateway, names) => resources(gateway, 'endpoints', names),
    async host(gateway, table, host) {
      const [head, ...entries] = await all<unknown>('host', { gateway, table, host });
      return head === undefined
        ? undefined
        : { ...(head as Omit<HostInForce, 'entries'>), entries: entries as readonly EntryInForce[] };
    },
    objects: async (names) =>
      names.length === 0
        ? []
        : ((await ask(
            'object',
            names.map((name) => ['name', name]),
          )) as never),
    routesFor: (gateway, host) => all('routes', { gateway, host }),
    placesOf: (name) => all('places', { name }),
    proxies: async (gateway, asked) =>
      (await ask('proxies', [
        ['gateway', gateway],
        ...asked.map(({ type, name }) => ['resource', `${type}/${name}`] as const),
      ])) as never,
  };
}

/** Keeps a URL below the 16 KiB that Node.js takes. */
const namesAtOnce = 20;
