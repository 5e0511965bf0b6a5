/** A deliberate break of a rule in `src/xds/RULES.md`: a small edit that must turn a test red. */
export interface Mutant {
  /** The rule, and a letter. */
  readonly id: string;
  readonly breaks: string;
  readonly file: string;
  /** Text that is in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Test files, at least one of which must fail. */
  readonly tests: readonly string[];
}

export function ruleOf({ id }: Mutant): string {
  return id.replace(/[a-z]$/, '');
}

/** Undefined when the source is no longer the one that the mutant was made for. */
export function mutated(source: string, { find, replace }: Mutant): string | undefined {
  const at = source.indexOf(find);
  if (at === -1 || source.indexOf(find, at + 1) !== -1 || find === replace) return undefined;
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
