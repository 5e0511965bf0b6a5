import { z } from 'zod';
import type { ResourceKey } from '../../lib/key.ts';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';

/**
 * Endpoints of an OpenID provider by its discovery document (https://openid.net/specs/openid-connect-discovery-1_0.html),
 * as the document keeper has them. `since`, `nextAttempt` and `message` differ between replicas, so
 * no resource may depend on them.
 */
const oidcProvider = z.object({
  /**
   * `known`: the endpoints are here; with a `message`, a later check failed and they stay. `denied`: a user has to act.
   * `unknown`: not asked yet. `unreachable`: no answer yet.
   */
  state: z.enum(['unknown', 'known', 'denied', 'unreachable']),
  /** These two are set when `known`. */
  authorizationEndpoint: z.string().optional(),
  tokenEndpoint: z.string().optional(),
  endSessionEndpoint: z.string().optional(),
  /** ISO 8601, start of this state. */
  since: z.string(),
  /** ISO 8601. Set while an error may pass by itself. */
  nextAttempt: z.string().optional(),
  /** The error in one line. */
  message: z.string().optional(),
});

export type OidcProviderRow = z.infer<typeof oidcProvider>;

export function oidcProviderRow(key: ResourceKey, value: OidcProviderRow): Row {
  return { key, bytes: encodeJson(oidcProvider.parse(value)), indexes: [], units: [], follow: [] };
}
