import { decodeEndpointSlice } from './core/endpoint-slice.ts';
import type { Kind, RowTypes } from './kinds.ts';

/**
 * The row of a key's kind, from its bytes. Only for bytes that a `parse` has made: rows are checked at the door and
 * nowhere else, so that workers need not load what checks them.
 */
export function decodeRow<K extends Kind>(kind: K, bytes: Uint8Array): RowTypes[K] {
  const row: unknown =
    kind === 'EndpointSlice' ? decodeEndpointSlice(bytes) : JSON.parse(decoder.decode(bytes));
  return row as RowTypes[K];
}

const decoder = new TextDecoder();
