import { contentHash } from '../../lib/hash.ts';
import { encode, typeUrl, type MessageType } from './any.ts';

export interface EncodedName {
  readonly typeUrl: string;
  readonly name: string;
}

export interface EncodedResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: Uint8Array;
  readonly names: readonly EncodedName[];
  /** SHA-256 of the code to add to `bytes`; see `XdsResource`. */
  readonly blob?: string;
}

export function resource<T>(
  type: MessageType<T>,
  name: string,
  message: T,
  names: readonly EncodedName[] = [],
): EncodedResource {
  return resourceOfBytes(type, name, encode(type, message), names);
}

export function resourceOfBytes(
  type: { readonly $type: string },
  name: string,
  bytes: Uint8Array,
  names: readonly EncodedName[] = [],
): EncodedResource {
  return { typeUrl: typeUrl(type), name, version: contentHash(bytes), bytes, names };
}
