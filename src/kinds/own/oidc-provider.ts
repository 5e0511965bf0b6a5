import { z } from 'zod';
import type { ResourceKey } from '../../lib/key.ts';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';

/** A discovery document that a policy asks for: https://openid.net/specs/openid-connect-discovery-1_0.html */
export interface WantedDocument {
  readonly issuer: string;
  /** PEM. Trusted in addition to the authorities of the system. */
  readonly ca: string | undefined;
}

/**
 * The document keeper's answer to a {@link WantedDocument}. `since`, `nextAttempt` and `message` differ between replicas, so
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
