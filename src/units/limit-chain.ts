import { chainName, type ChainName } from './plugin-chain.ts';

/**
 * Requests that share the size of their buckets and the shape of their descriptors: a route may name as many buckets of a
 * class as it likes, without a change of the filter.
 */
export interface LimitClass {
  readonly requests: number;
  readonly seconds: number;
  /** Requests beyond the limit are counted and pass. */
  readonly isShadow: boolean;
  /** Number of entries that say that a test of the request is met. */
  readonly tests: number;
  /** Number of entries whose values clients choose. */
  readonly values: number;
  /** Number of entries with the address of the client. */
  readonly addresses: number;
}

/** Returns the text of a class, such as `10/3600s` or `10/60s+t1+v1+shadow`. */
export function limitClassName(of: LimitClass): string {
  const { requests, seconds, isShadow, tests, values, addresses } = of;
  const counts = [part('t', tests), part('v', values), part('a', addresses)].join('');
  return `${requests}/${seconds}s${counts}${isShadow ? '+shadow' : ''}`;
}

/**
 * Returns the name of the filter with these classes. Policies with the same limits share it. With values that clients
 * choose, a policy has one of its own: many values make Envoy drop the oldest buckets of the filter.
 */
export function limitChainName(classes: readonly LimitClass[], owners: ChainName): string {
  const isChosenByClients = classes.some(({ values, addresses }) => values + addresses > 0);
  const names = [...new Set(classes.map(limitClassName))].sort().join();
  return isChosenByClients ? `${chainName(owners)}@${names}` : `/${names}`;
}

export function parseLimitChain(chain: string): LimitClass[] {
  const names = chain.startsWith('/') ? chain.slice(1) : chain.slice(chain.indexOf('@') + 1);
  return names.split(',').map(parseClass);
}

function parseClass(name: string): LimitClass {
  const [rate = '', ...parts] = name.split('+');
  const [requests, seconds] = rate.split('/');
  const count = (letter: string): number =>
    Number(parts.find((text) => text.startsWith(letter))?.slice(1) ?? 0);
  return {
    requests: Number(requests),
    seconds: Number(seconds?.slice(0, -1)),
    isShadow: parts.includes('shadow'),
    tests: count('t'),
    values: count('v'),
    addresses: count('a'),
  };
}

function part(letter: string, count: number): string {
  return count === 0 ? '' : `+${letter}${count}`;
}
