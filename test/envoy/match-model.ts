/**
 * Picks the best of all matches; shares no code with translation.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
export function ruleOf(routes: readonly ModelRoute[], request: ModelRequest): string | undefined {
  const hostnames = routes.flatMap((route) => route.hostnames).filter((name) => covers(name, request.host));
  const best = hostnames.sort((a, b) => specificity(b) - specificity(a))[0];
  if (best === undefined) return undefined;
  const candidates = routes
    .filter((route) => route.hostnames.includes(best))
    .flatMap((route) =>
      route.rules.flatMap((rule, r) =>
        rule.matches.map((match, m) => ({ route, rule, match, order: [r, m] })),
      ),
    )
    .filter(({ match }) => matches(match, request));
  const rank = ({ match, route, order }: (typeof candidates)[number]): (number | string)[] => [
    match.path.type === 'Exact' ? 0 : 1,
    -match.path.value.length,
    match.method === undefined ? 1 : 0,
    -match.headers.length,
    -match.queryParams.length,
    route.created,
    route.name,
    ...order,
  ];
  return candidates.sort((a, b) => compare(rank(a), rank(b)))[0]?.rule.id;
}

export interface ModelRoute {
  readonly name: string;
  /** `*` for a route without any. */
  readonly hostnames: readonly string[];
  readonly created: string;
  readonly rules: readonly { readonly id: string; readonly matches: readonly ModelMatch[] }[];
}

interface ModelMatch {
  readonly path: { readonly type: 'Exact' | 'PathPrefix'; readonly value: string };
  readonly method: string | undefined;
  readonly headers: readonly Pair[];
  readonly queryParams: readonly Pair[];
}

export interface ModelRequest {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly Pair[];
  readonly queryParams: readonly Pair[];
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function covers(hostname: string, host: string): boolean {
  return hostname.startsWith('*') ? host.endsWith(hostname.slice(1)) : hostname === host;
}

function specificity(hostname: string): number {
  return hostname.startsWith('*') ? hostname.length : 1000;
}

function matches(match: ModelMatch, request: ModelRequest): boolean {
  const { type, value } = match.path;
  const whole = value === '/' ? '/' : `${value}/`;
  const path = request.path === value || (type === 'PathPrefix' && request.path.startsWith(whole));
  return (
    path &&
    (match.method === undefined || match.method === request.method) &&
    match.headers.every((pair) => has(request.headers, pair)) &&
    match.queryParams.every((pair) => has(request.queryParams, pair))
  );
}

function has(given: readonly Pair[], wanted: Pair): boolean {
  return given.some(({ name, value }) => name === wanted.name && value === wanted.value);
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  if (at < 0) return 0;
  return (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
}
