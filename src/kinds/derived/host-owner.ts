import type { ObjectName } from '../../units/unit-def.ts';
import type { ParentReference } from '../gateway-api/parent-ref.ts';

export interface HostClaimRow {
  readonly creationTimestamp: string;
  /** References that lead to the Gateway; `set`: by this ListenerSet. */
  readonly parentRefs: readonly (ParentReference & { readonly set?: ObjectName | undefined })[];
  readonly hostnames: readonly string[];
}

/** Owner of a hostname: the namespace of the oldest route that names it, or a wildcard above it. Empty: free for all. */
export interface HostOwnerRow {
  readonly namespace: string;
}
