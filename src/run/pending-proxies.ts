import type { BehindReason } from '../xds/proxy-state.ts';
import type { Fleet } from '../xds/fleet.ts';

/** Reasons that an answer of the proxy, or the next message to it, ends. Removals may wait for requests under way. */
const pending: ReadonlySet<BehindReason['kind']> = new Set([
  'unanswered',
  'response-before',
  'clusters',
  'next',
]);

/** Returns true when a proxy lacks what it is to have. Costs O(proxies and their differences): for one machine alone. */
export function isAnyPending(fleet: Pick<Fleet, 'connected'>): boolean {
  for (const { types } of fleet.connected())
    for (const type of types)
      for (const { reason } of type.behind()) if (pending.has(reason.kind)) return true;
  return false;
}
