import type { Readable } from '../unreadable.ts';

/**
 * Limit of the characters of a route's regular expressions. The worst take about 15 µs a character to compile: at most a
 * quarter of a second of the workers that all tenants share. Fits four expressions of the greatest length.
 */
export const maxRegexCharacters = 16_384;

/**
 * Marks rules over the budget and removes their matches. Counts characters, as compiling is the cost to avoid.
 * `valuesOf` lists values of a match that may be regular expressions.
 */
export function withinRegexBudget<M, R extends Readable & { readonly matches: readonly M[] }>(
  rules: readonly R[],
  valuesOf: (match: M) => readonly MatchValue[],
): R[] {
  let spent = 0;
  const fits = (match: M): boolean => {
    const own = regexCharacters(valuesOf(match));
    spent += own;
    return own === 0 || spent <= maxRegexCharacters;
  };
  return rules.map((rule) => {
    const matches = rule.matches.filter(fits);
    if (matches.length === rule.matches.length) return rule;
    const first = rule.matches.findIndex((match) => !matches.includes(match));
    const message = `the regular expressions of the route must have at most ${maxRegexCharacters} characters together`;
    const problem = { path: `matches[${first}]`, message };
    return { ...rule, matches, unreadable: [...(rule.unreadable ?? []), problem] };
  });
}

interface MatchValue {
  readonly type: string;
  readonly value: string;
}

function regexCharacters(values: readonly MatchValue[]): number {
  return values.reduce((sum, { type, value }) => sum + (type === 'RegularExpression' ? value.length : 0), 0);
}
