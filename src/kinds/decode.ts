import { decodeEndpointSlice } from './core/endpoint-slice.ts';
import type { Kind, RowTypes } from './kinds.ts';

/** Decodes bytes of a `parse` unchecked, so that workers need not load the schemas. */
export function decodeRow<K extends Kind>(kind: K, bytes: Uint8Array): RowTypes[K] {
  const row: unknown =
    kind === 'EndpointSlice' ? decodeEndpointSlice(bytes) : JSON.parse(decoder.decode(bytes));
  return row as RowTypes[K];
}

const decoder = new TextDecoder();
