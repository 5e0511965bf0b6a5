import type { RegexMatchAndSubstitute } from '../../../proto/gen/envoy/type/matcher/v3/regex.ts';
import { withoutTrailing } from '../../lib/without-trailing.ts';
import type { RegexRewriteIR } from '../filter-ir.ts';
import type { PathMatchIR, PathRewriteIR } from '../ir.ts';

/** Rewrite of a path in Envoy's terms. */
export type PathRewrite =
  | { readonly kind: 'none' }
  | { readonly kind: 'full'; readonly path: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'regex'; readonly regex: RegexMatchAndSubstitute };

/**
 * Returns the rewrite of a path that `match` matched. The result has neither a double slash nor an empty path, whether
 * prefix and replacement end in a slash or not: https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier
 */
export function pathRewrite(rewrite: PathRewriteIR | undefined, match: PathMatchIR): PathRewrite {
  if (rewrite === undefined) return { kind: 'none' };
  const path = rewrite.value.startsWith('/') ? rewrite.value : `/${rewrite.value}`;
  if (rewrite.kind === 'full') return { kind: 'full', path };
  const prefix = withoutTrailing(path, '/');
  if (match.value === '/') return prefix === '' ? { kind: 'none' } : { kind: 'prefix', prefix: `${prefix}/` };
  if (prefix !== '') return { kind: 'prefix', prefix };
  // Without the prefix, the path must start with one slash: `/foo` and `/foo/` become `/`.
  return { kind: 'regex', regex: { pattern: { regex: `^${quote(match.value)}/*` }, substitution: '/' } };
}

/** Replaces the whole path with literal text. */
export function wholePath(path: string): RegexMatchAndSubstitute {
  return { pattern: { regex: '^/.*$' }, substitution: path.replaceAll('\\', '\\\\') };
}

export function regexRewrite({ pattern, substitution }: RegexRewriteIR): RegexMatchAndSubstitute {
  return { pattern: { regex: pattern }, substitution };
}

function quote(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
