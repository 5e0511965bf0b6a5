import { proxiesText } from './proxy-table.ts';
import type { ProxyDetailsJson } from '../run/proxy-json.ts';
import type { Terminal } from './terminal.ts';

export interface ListProxiesOptions {
  readonly admin: URL;
  readonly json: boolean;
  /** Node id of one proxy; undefined: all. */
  readonly proxy: string | undefined;
}

/** A busy Sluice answers late. */
const timeoutMs = 10_000;

export async function listProxies(
  { admin, json, proxy }: ListProxiesOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const fail = (line: string): number => {
    terminal.err(`sluice: proxies: ${line}`);
    return 2;
  };
  const url = new URL('/debug/proxies', admin);
  if (proxy !== undefined) url.searchParams.set('proxy', proxy);
  let status: number;
  let body: string;
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    status = answer.status;
    body = await answer.text();
  } catch (error) {
    return fail(`${admin.origin} does not answer (${reasonOf(error)}): is Sluice running there? See --admin`);
  }
  const proxies = status === 200 ? readList(body) : undefined;
  if (proxies === undefined) return fail(`${admin.origin} answers, but not as Sluice does (HTTP ${status})`);
  if (proxy !== undefined && proxies.length === 0)
    return fail(`no proxy ${JSON.stringify(proxy)} is connected there`);
  terminal.out(json ? body : proxiesText(proxies, proxy !== undefined));
  return 0;
}

function readList(body: string): ProxyDetailsJson[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) && value.every(isProxy) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Checks no other fields: both ends are the same program. */
function isProxy(value: unknown): value is ProxyDetailsJson {
  return (
    typeof value === 'object' &&
    value !== null &&
    'proxy' in value &&
    'types' in value &&
    Array.isArray(value.types)
  );
}

/** The cause has the system's error code; the error only says that fetching failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.message : 'unknown';
}
