import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { FoundPolicy } from '../attachment/find-policies.ts';

/** Returns the effect of an unsupported policy on requests; undefined for a supported one. None restricts requests. */
export function effectOf({ kind }: FoundPolicy): AttachedPolicy['effect'] {
  return kind === 'EnvoyPatchPolicy' ? 'ignored' : undefined;
}
