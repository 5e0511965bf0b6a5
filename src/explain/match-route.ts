import type { MatchJson } from './envoy-json.ts';
import type { Request } from './request.ts';
import { matchesExpression, matchesText, wantedText } from './text-match.ts';

/** The request as a match sees it. */
export interface Seen {
  readonly request: Request;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

/** Returns why the match does not take the request, in a few words each; none: it takes it. */
export function missesOf(match: MatchJson, { request, path, query }: Seen): string[] {
  const misses = [...pathMisses(match, path, request.method)];
  for (const header of match.headers ?? []) {
    const given = request.headers.get(header.name === 'host' ? ':authority' : header.name);
    const said = header.name === ':method' ? 'the method' : `header ${header.name}`;
    misses.push(...valueMisses(said, given, header.stringMatch ?? {}));
  }
  for (const { name, stringMatch = {} } of match.queryParameters ?? [])
    misses.push(...valueMisses(`query parameter ${name}`, query.get(name), stringMatch));
  for (const { name, stringMatch = {} } of match.cookies ?? [])
    misses.push(...valueMisses(`cookie ${name}`, cookieOf(request, name), stringMatch));
  return misses;
}

function pathMisses(match: MatchJson, path: string, method: string): string[] {
  const { path: exact, prefix, pathSeparatedPrefix, safeRegex, connectMatcher } = match;
  if (connectMatcher !== undefined) return method === 'CONNECT' ? [] : ['it takes CONNECT requests alone'];
  if (exact !== undefined) return path === exact ? [] : [`the path is not ${exact}`];
  if (safeRegex !== undefined)
    return matchesExpression(safeRegex.regex, path) ? [] : [`the path does not match ${safeRegex.regex}`];
  if (pathSeparatedPrefix !== undefined) {
    const isBelow = path === pathSeparatedPrefix || path.startsWith(`${pathSeparatedPrefix}/`);
    return isBelow ? [] : [`the path is not below ${pathSeparatedPrefix}`];
  }
  return path.startsWith(prefix ?? '') ? [] : [`the path is not below ${prefix}`];
}

function valueMisses(
  said: string,
  given: string | undefined,
  wanted: Parameters<typeof wantedText>[0],
): string[] {
  if (given === undefined) return [`${said} is missing (wanted ${wantedText(wanted)})`];
  return matchesText(wanted, given) ? [] : [`${said} is not ${wantedText(wanted)}`];
}

function cookieOf({ headers }: Request, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Returns the first value of each parameter. Envoy decodes none. */
export function queryOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of text === '' ? [] : text.split('&')) {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    if (!found.has(name)) found.set(name, at < 0 ? '' : part.slice(at + 1));
  }
  return found;
}

/** Returns the share of requests up to which the match takes some, 1 at most. */
export function shareOf({ runtimeFraction }: MatchJson): number {
  if (runtimeFraction === undefined) return 1;
  const { numerator = 0, denominator = 'HUNDRED' } = runtimeFraction.defaultValue ?? {};
  return Math.min(1, numerator / (denominators[denominator] ?? 100));
}

const denominators: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
};
