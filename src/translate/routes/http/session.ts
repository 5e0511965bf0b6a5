import { contentHash } from '../../../lib/hash.ts';
import type { SessionPersistence } from '../../../kinds/gateway-api/session-persistence.ts';
import type { SessionIR } from '../../ir.ts';

/** A cookie without a name has one that only its rule has. `rule` names the rule for as long as it is the same one. */
export function translateSession(
  { header, cookie, absoluteTimeout }: SessionPersistence,
  rule: string,
  isSecure: boolean,
): SessionIR {
  if (header !== undefined) return { kind: 'header', name: header.name };
  const isPermanent = cookie?.lifetimeType === 'Permanent';
  return {
    kind: 'cookie',
    name: cookie?.name ?? `session-${contentHash(rule)}`,
    path: cookie?.path ?? '/',
    lifetimeMs: isPermanent ? absoluteTimeout : undefined,
    isSecure,
  };
}
