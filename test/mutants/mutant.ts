/**
 * One deliberate break of a rule of the delta protocol: a small edit of our own source, which has to turn a test red.
 * Rules: `src/xds/RULES.md`.
 */
export interface Mutant {
  /** The rule, and a letter. */
  readonly id: string;
  /** Says in a few words how the broken server behaves. */
  readonly breaks: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Is in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Files, at least one of whose tests has to fail. */
  readonly tests: readonly string[];
}

export function ruleOf({ id }: Mutant): string {
  return id.replace(/[a-z]$/, '');
}

/** The source with the break in it; undefined when it is no longer the source that the mutant was made for. */
export function mutated(source: string, { find, replace }: Mutant): string | undefined {
  const at = source.indexOf(find);
  if (at === -1 || source.indexOf(find, at + 1) !== -1 || find === replace) return undefined;
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
