import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { setting, type Reader } from '../../reader.ts';
import type { FoundPolicy } from '../attachment/find-policies.ts';

/** Decides about requests where a policy is in force that Sluice does not have; undefined for one that it has. */
export function effectOf(reader: Reader, { kind, row }: FoundPolicy): AttachedPolicy['effect'] {
  if (!('restricts' in row.spec)) return undefined;
  return row.spec.restricts && !isIgnored(reader, kind) ? 'closed' : 'ignored';
}

/** Returns true when the config says that requests are served as if there were no such policy. */
export function isIgnored(reader: Reader, kind: string): boolean {
  return setting(reader, 'ignoredPolicies')?.includes(kind) === true;
}
