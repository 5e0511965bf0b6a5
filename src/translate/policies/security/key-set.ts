import { createPublicKey } from 'node:crypto';

/** Keys of some hundred issuers. A longer set would be part of each listener that names the slot. */
const maxCharacters = 65_536;

/** Returns the fault of a JSON Web Key Set. Envoy would accept a set without usable keys, and refuse all tokens. */
export function keySetProblem(text: string): string | undefined {
  if (text.length > maxCharacters) return `has more than ${maxCharacters} characters`;
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    return 'must be JSON';
  }
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys))
    return 'must be a map with a list of keys';
  const keys: readonly unknown[] = set.keys;
  return keys.some(isUsable) ? undefined : 'has no usable key';
}

function isUsable(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false;
  if ('kty' in key && key.kty === 'oct') return 'k' in key && typeof key.k === 'string' && key.k !== '';
  try {
    createPublicKey({ key, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
