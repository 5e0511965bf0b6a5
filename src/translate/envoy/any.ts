import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';

export interface MessageType<T> {
  readonly $type: string;
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
}

export function any<T>(type: MessageType<T>, message: T): Any {
  return { typeUrl: typeUrl(type), value: encode(type, message) };
}

export function typeUrl(type: { readonly $type: string }): string {
  return `type.googleapis.com/${type.$type}`;
}

export function encode<T>(type: MessageType<T>, message: T): Uint8Array {
  return type.encode(message).finish();
}
