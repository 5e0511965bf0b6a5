import { RE2JS } from 're2js';
import { regexProblem } from './regex.ts';
import { VerdictMemo } from './verdict-memo.ts';

/** Parts of a rewrite that cannot be served, by field; empty: none. */
export type RewriteProblems = readonly {
  readonly field: 'pattern' | 'substitution';
  readonly message: string;
}[];

/**
 * Checks a rewrite by a regular expression. With a group that the expression lacks, RE2 would rewrite nothing and log an
 * error for each request. `namespace`: that of the route, see {@link regexProblem}.
 */
export function rewriteProblems(
  { pattern, substitution }: { readonly pattern: string; readonly substitution: string },
  namespace: string,
): RewriteProblems {
  const problem = regexProblem(pattern, namespace);
  if (problem !== undefined) return [{ field: 'pattern', message: problem }];
  const message = substitutionProblem(pattern, substitution, namespace);
  return message === undefined ? [] : [{ field: 'substitution', message }];
}

function substitutionProblem(pattern: string, substitution: string, namespace: string): string | undefined {
  if (!substitution.isWellFormed() || /[\0\r\n]/.test(substitution)) return 'must be printable text';
  const escapes = [...substitution.matchAll(/\\(.?)/gs)].map(([, escaped = '']) => escaped);
  if (escapes.some((escaped) => !/^[0-9\\]$/.test(escaped)))
    return 'a backslash must stand before a digit or another backslash';
  const group = Math.max(0, ...escapes.map(Number).filter(Number.isInteger));
  if (group === 0) return undefined;
  const count = groupsOf(pattern, namespace);
  return group <= count ? undefined : `names group ${group}, and the pattern has ${count}`;
}

function groupsOf(pattern: string, namespace: string): number {
  const known = memo.get(namespace, pattern);
  if (known !== undefined) return Number(known);
  const count = RE2JS.compile(pattern).groupCount();
  memo.set(namespace, pattern, String(count));
  return count;
}

/** Room for the patterns of hundreds of filters. */
const memo = new VerdictMemo(256 * 1024);
