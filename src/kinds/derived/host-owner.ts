import type { ParentReference } from '../gateway-api/http-route.ts';

/** The part of a route that decides which hostnames belong to its namespace. Most edits of a route leave it as it is. */
export interface HostClaimRow {
  readonly creationTimestamp: string;
  readonly parentRefs: readonly ParentReference[];
  readonly hostnames: readonly string[];
}

/**
 * The namespace that a hostname belongs to at a Gateway: that of the oldest route which names it, or a wildcard above it. Empty
 * where no such route attaches, so that any namespace may serve it.
 */
export interface HostOwnerRow {
  readonly namespace: string;
}
