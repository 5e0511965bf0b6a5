import { createHmac } from 'node:crypto';
import type { GatewayProxies } from '../lib/tls-identity.ts';

/** The secret that tokens are made of: `Certificates`, or what stands in a file. */
interface TokenKey {
  readonly drainKey: string;
}

/** The token by which a proxy is drained: the same for a Gateway on every replica, and always. */
export function drainTokenOf({ drainKey }: TokenKey, namespace: string, gateway: string): string {
  return createHmac('sha256', drainKey).update(`${namespace}/${gateway}`).digest('base64url');
}

/** The token that the proxies of a Gateway show to the xDS server: another one for the next Gateway of the same name. */
export function xdsTokenOf({ drainKey }: TokenKey, { namespace, gateway, uid }: GatewayProxies): string {
  // No name has a NUL in it, so this is no text that the other token is made of.
  return createHmac('sha256', drainKey).update(`xds\0${namespace}/${gateway}\0${uid}`).digest('base64url');
}
