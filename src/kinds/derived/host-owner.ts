import type { ParentReference } from '../gateway-api/http-route.ts';

/** The part of a route that decides which hostnames belong to its namespace. Most edits of a route do not change it. */
export interface HostClaimRow {
  readonly creationTimestamp: string;
  readonly parentRefs: readonly ParentReference[];
  readonly hostnames: readonly string[];
}

/**
 * The namespace that a hostname belongs to at a Gateway: that of the oldest route which names it, or a wildcard above it.
 * Empty when no such route attaches: any namespace may serve it.
 */
export interface HostOwnerRow {
  readonly namespace: string;
}
