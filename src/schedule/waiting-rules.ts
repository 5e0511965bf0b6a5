import { entriesVersion } from '../batch/entries-version.ts';
import type { RouteEntry, RouteFragment, RulePart, UnitOutput } from '../batch/outcome.ts';
import type { ReadKey } from '../lib/key.ts';

/**
 * Returns the output while some keys are waited for: a rule that asks for one of them stays as in `before`, the last
 * output, or is left out. Undefined when something outside of rules has to wait.
 */
export function withoutWaiting(
  output: UnitOutput,
  keysOf: (rule: RulePart) => readonly ReadKey[],
  waits: ReadonlySet<ReadKey>,
  before: UnitOutput | undefined,
): UnitOutput | undefined {
  const ofRules = new Set(output.rules.flatMap(keysOf));
  if (!waits.isSubsetOf(ofRules)) return undefined;
  const waiting = new Set(
    output.rules.filter((part) => keysOf(part).some((key) => waits.has(key))).map(({ rule }) => rule),
  );
  const kept = (before?.rules ?? []).filter(({ rule }) => waiting.has(rule));
  const rules = [
    ...output.rules.filter(({ rule }) => !waiting.has(rule)),
    ...kept.map((part) => ({ ...part, absent: [] })),
  ];
  const refsOfRules = new Set(output.rules.flatMap((part) => part.refs));
  const others = output.refs.filter((ref) => !refsOfRules.has(ref));
  const lastAt = new Map(before?.fragments.map((fragment) => [placeOf(fragment), fragment]));
  return {
    ...output,
    rules,
    refs: [...new Set([...others, ...rules.flatMap((part) => part.refs)])].sort(),
    fragments: output.fragments.flatMap((fragment) => {
      const last = lastAt.get(placeOf(fragment))?.entries ?? [];
      const entries = [
        ...fragment.entries.filter(({ rule }) => !waiting.has(rule)),
        ...last.filter(({ rule }) => waiting.has(rule)),
      ];
      // A fragment without entries would still own its domain, and answer 404 to requests that another domain serves.
      if (entries.length === 0 && fragment.entries.length > 0) return [];
      const placed = inOwnPlaces(entries);
      return [{ ...fragment, entries: placed, version: entriesVersion(placed) }];
    }),
  };
}

/** Sorts entries: one that is kept may stand where an edit has put another, and then comes behind it. */
function inOwnPlaces(entries: readonly RouteEntry[]): RouteEntry[] {
  const taken = new Set<string>();
  return entries.map((entry) => {
    let { order } = entry;
    while (taken.has(order)) order += '+';
    taken.add(order);
    return order === entry.order ? entry : { ...entry, order };
  });
}

function placeOf({ routeConfiguration, domain }: RouteFragment): string {
  return `${domain} ${routeConfiguration}`;
}
