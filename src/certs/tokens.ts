import { createHmac } from 'node:crypto';
import type { GatewayProxies } from '../lib/tls-identity.ts';

interface TokenKey {
  readonly drainKey: string;
}

export function drainTokenOf({ drainKey }: TokenKey, namespace: string, gateway: string): string {
  return createHmac('sha256', drainKey).update(`${namespace}/${gateway}`).digest('base64url');
}

/** Returns the token for the xDS server; the uid makes it different for a later Gateway of the same name. */
export function xdsTokenOf({ drainKey }: TokenKey, { namespace, gateway, uid }: GatewayProxies): string {
  // Names contain no NUL, so this text never equals that of a drain token.
  return createHmac('sha256', drainKey).update(`xds\0${namespace}/${gateway}\0${uid}`).digest('base64url');
}
