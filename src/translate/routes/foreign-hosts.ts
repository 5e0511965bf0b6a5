import type { Attachment, AttachingRoute } from '../attach/attachment.ts';
import { compareText } from '../attach/compare-text.ts';
import type { ParentAt } from '../attach/listener-set-parents.ts';
import { hostRights, isEveryHostFree } from '../attach/host-rights.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { placesOf } from '../attach/places.ts';
import { condition, type Condition } from '../conditions.ts';
import type { Reader } from '../reader.ts';

export interface ForeignHosts {
  readonly hostnames: readonly string[];
  /** The route serves no other hostname there. */
  readonly isAll: boolean;
}

export function foreignHosts(
  reader: Reader,
  gateway: OurGateway,
  ref: ParentAt,
  route: Omit<AttachingRoute, 'parentRefs'>,
  attachment: Attachment,
): ForeignHosts {
  if (attachment.kind === 'refused' || isEveryHostFree(reader)) return none;
  const domains = new Set(
    placesOf(reader, gateway, { ...route, parentRefs: [ref] }).map(({ domain }) => domain),
  );
  const { refused } = hostRights(reader, gateway, route.namespace, domains);
  return {
    hostnames: [...refused].sort(compareText),
    isAll: refused.size > 0 && refused.size === domains.size,
  };
}

const none: ForeignHosts = { hostnames: [], isAll: false };

/** Makes the attachment of a route that serves nothing by the parent. */
export function notOwned(hostnames: readonly string[]): Attachment {
  return { kind: 'refused', reason: 'HostnameNotOwned', message: messageOf(hostnames) };
}

export function notOwnedCondition(hostnames: readonly string[], generation: number): Condition[] {
  return hostnames.length === 0
    ? []
    : [
        condition(
          'sluice.dev/HostnamesNotOwned',
          'True',
          generation,
          'HostnameNotOwned',
          `not served: ${messageOf(hostnames)}`,
        ),
      ];
}

/** Does not name the owner, so that tenants do not learn of each other. */
function messageOf(hostnames: readonly string[]): string {
  const rest = hostnames.length > maxListed ? ` and ${hostnames.length - maxListed} more` : '';
  const belongs = hostnames.length === 1 ? 'belongs' : 'belong';
  return `${hostnames.slice(0, maxListed).join(', ')}${rest} ${belongs} to another namespace (translate.hostnames of Sluice's config)`;
}

const maxListed = 8;
