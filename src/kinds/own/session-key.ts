import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';

/**
 * The secret of this installation from which the keys of sessions are derived. Every replica has the same, and keeps it: a
 * new one ends the sessions of all people that policies have let in.
 */
const sessionKey = z.object({ secret: z.string().min(32) });

export type SessionKeyRow = z.infer<typeof sessionKey>;

export const sessionKeyKey = resourceKey('SessionKey', '', 'installation');

export function sessionKeyRow(secret: string): Row {
  const bytes = encodeJson(sessionKey.parse({ secret }));
  return { key: sessionKeyKey, bytes, indexes: [], units: [], follow: [] };
}
