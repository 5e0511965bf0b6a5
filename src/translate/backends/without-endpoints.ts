import type { Notice } from '../../kinds/notice.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { EndpointIR } from '../backend-ir.ts';

/**
 * Notices a Service without endpoints, on the Service: its routes may be many, and a status of theirs would change with
 * each rollout. A Backend has its addresses in its own spec.
 */
export function withoutEndpoints(
  source: ResourceKey | undefined,
  endpoints: readonly EndpointIR[] | undefined,
): readonly Notice[] {
  if (source === undefined || endpoints === undefined || endpoints.length > 0) return none;
  if (splitResourceKey(source).kind !== 'Service') return none;
  return [{ object: source, reason: 'NoReadyEndpoints', message }];
}

const none: readonly Notice[] = [];

const message =
  'no EndpointSlice of this Service has a ready endpoint: HTTP requests that routes send to it get 503, gRPC calls UNAVAILABLE';
