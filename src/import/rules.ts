import type { Canary } from './annotations.ts';
import type { BackendRef, Entry } from './entries.ts';

/** A canary of the same host and path. */
export interface Share {
  readonly canary: Canary;
  readonly backend: BackendRef;
}

export interface Rules {
  readonly rules: readonly object[];
  /** Spec of an HTTPRouteFilter that rewrites by a regular expression. */
  readonly rewrite: object | undefined;
}

/** Returns the rules of a path. `filterName`: of its HTTPRouteFilter, if it needs one. */
export function rulesOf(entry: Entry, shares: readonly Share[], filterName: string): Rules {
  const match = { path: pathMatch(entry) };
  const { backend, settings } = entry;
  if (backend === undefined) return { rules: [{ matches: [match] }], rewrite: undefined };
  const isByRegex = settings.rewrite !== undefined && settings.isRegex;
  const filters = [...rewriteFilters(entry, filterName), ...settings.filters];
  const rule = (backendRefs: readonly object[], header?: object): object => ({
    matches: [header === undefined ? match : { ...match, headers: [header] }],
    ...(filters.length === 0 ? {} : { filters }),
    backendRefs,
  });
  const weight = shares.reduce((sum, { canary }) => sum + canary.weight, 0);
  const weighted = shares.map((share) => ({ ...share.backend, weight: share.canary.weight }));
  const main = shares.length === 0 ? backend : { ...backend, weight: Math.max(0, 100 - weight) };
  const byHeader = shares.flatMap(({ canary: { header, headerValue }, backend: to }) => {
    if (header === undefined) return [];
    const chosen = rule([to], { name: header, value: headerValue ?? 'always' });
    return headerValue === undefined ? [chosen, rule([backend], { name: header, value: 'never' })] : [chosen];
  });
  return {
    rules: [...byHeader, rule([main, ...weighted])],
    rewrite: isByRegex ? { urlRewrite: { path: regexRewrite(entry) } } : undefined,
  };
}

/** The rule that sends a path of a host to HTTPS, as ingress-nginx does. */
export function redirectRule(entry: Entry): object {
  const requestRedirect = { scheme: 'https', statusCode: 308 };
  return { matches: [{ path: pathMatch(entry) }], filters: [{ type: 'RequestRedirect', requestRedirect }] };
}

function pathMatch({ path, settings }: Entry): object {
  if (settings.isRegex && path.pathType !== 'Exact')
    return { type: 'RegularExpression', value: `(?i)${path.path}.*` };
  return { type: path.pathType === 'Exact' ? 'Exact' : 'PathPrefix', value: path.path };
}

/** A rewrite without a group replaces the whole path. */
function rewriteFilters({ settings: { rewrite, isRegex } }: Entry, filterName: string): object[] {
  if (rewrite === undefined) return [];
  if (!isRegex) {
    const path = { type: 'ReplaceFullPath', replaceFullPath: rewrite };
    return [{ type: 'URLRewrite', urlRewrite: { path } }];
  }
  const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name: filterName };
  return [{ type: 'ExtensionRef', extensionRef }];
}

/** nginx writes groups `$1`, Envoy `\1`. */
function regexRewrite({ path, settings }: Entry): object {
  const substitution = (settings.rewrite ?? '').replaceAll(/\$(\d)/g, String.raw`\$1`);
  return { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern: `(?i)^${path.path}.*$`, substitution } };
}
