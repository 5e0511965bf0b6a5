import { hash } from 'node:crypto';

/**
 * Hash of the given bytes: 22 characters, equal for equal bytes on every replica, restart and release.
 *
 * 132 bits of SHA-256. Also the version of an xDS resource, so changing it resends everything to every proxy once.
 */
export function contentHash(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22);
}
