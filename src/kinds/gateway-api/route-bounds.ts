import type { z } from 'zod';
import { fieldPathSegments } from '../shape/field-path.ts';
import type { Readable } from '../unreadable.ts';

const maxMatches = 128;

/** Limits the matches of all rules: https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec */
export function limitMatches(
  rules: readonly { readonly matches: readonly unknown[] }[],
  context: z.RefinementCtx,
): void {
  const matches = rules.reduce((sum, rule) => sum + rule.matches.length, 0);
  if (matches <= maxMatches) return;
  context.addIssue({ code: 'custom', message: `must hold at most ${maxMatches} matches in all` });
}

/**
 * Removes the rules of a route whose hostnames cannot be read. A route without hostnames is for all hostnames, which such a
 * one must not become.
 */
export function closedToUnreadHostnames<
  S extends Readable & { readonly hostnames: readonly string[]; readonly rules: readonly unknown[] },
>(spec: S): S {
  const isForNone =
    spec.hostnames.length === 0 &&
    spec.unreadable?.some(({ path }) => fieldPathSegments(path)[0] === 'hostnames') === true;
  return isForNone ? { ...spec, rules: [] } : spec;
}
