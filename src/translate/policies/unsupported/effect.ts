import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { setting, type Reader } from '../../reader.ts';
import type { FoundPolicy } from '../attachment/find-policies.ts';

/** Returns the effect of an unsupported policy on requests; undefined for a supported one. */
export function effectOf(reader: Reader, { kind, row }: FoundPolicy): AttachedPolicy['effect'] {
  if (!('restricts' in row.spec)) return undefined;
  return row.spec.restricts && !isIgnored(reader, kind) ? 'closed' : 'ignored';
}

/** Returns true when the config serves requests as if there were no such policy. */
function isIgnored(reader: Reader, kind: string): boolean {
  return setting(reader, 'ignoredPolicies')?.includes(kind) === true;
}
