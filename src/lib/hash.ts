import { hash } from 'node:crypto';

/**
 * Returns 22 characters (132 bits of SHA-256), equal for equal bytes on every replica, restart and release. Also the
 * version of an xDS resource: changing it sends every resource to every proxy once more.
 */
export function contentHash(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22);
}
