import type { RegexMatchAndSubstitute } from '../../../proto/gen/envoy/type/matcher/v3/regex.ts';
import { withoutTrailing } from '../../lib/without-trailing.ts';
import type { PathMatchIR, PathRewriteIR } from '../ir.ts';

/** How Envoy is told to rewrite a path. */
export type PathRewrite =
  | { readonly kind: 'none' }
  /** The path, without its query, becomes this. */
  | { readonly kind: 'full'; readonly path: string }
  /** What the route's path match matched becomes this. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'regex'; readonly regex: RegexMatchAndSubstitute };

/**
 * The rewrite of a path that `match` matched, with neither a double slash nor an empty path in the result, whether prefix and
 * replacement end in a slash or not: the table at https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier
 */
export function pathRewrite(rewrite: PathRewriteIR | undefined, match: PathMatchIR): PathRewrite {
  if (rewrite === undefined) return { kind: 'none' };
  const path = rewrite.value.startsWith('/') ? rewrite.value : `/${rewrite.value}`;
  if (rewrite.kind === 'full') return { kind: 'full', path };
  const prefix = withoutTrailing(path, '/');
  if (match.value === '/') return prefix === '' ? { kind: 'none' } : { kind: 'prefix', prefix: `${prefix}/` };
  if (prefix !== '') return { kind: 'prefix', prefix };
  // Taking a prefix away must leave a path that starts with one slash: `/foo` and `/foo/` become `/`.
  return { kind: 'regex', regex: { pattern: { regex: `^${quote(match.value)}/*` }, substitution: '/' } };
}

/** Replaces the whole path with literal text. */
export function wholePath(path: string): RegexMatchAndSubstitute {
  return { pattern: { regex: '^/.*$' }, substitution: path.replaceAll('\\', '\\\\') };
}

function quote(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
