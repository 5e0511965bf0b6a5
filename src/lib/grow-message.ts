import { assert } from './assert.ts';

/**
 * Returns a protobuf message with other lengths, for `by` bytes that will be put into it. `path`: numbers of the fields
 * around that place, each the last field of its message. All fields are strings, bytes or messages.
 */
export function growMessage(message: Uint8Array, path: readonly number[], by: number): Uint8Array {
  const [wanted, ...inner] = path;
  if (wanted === undefined) return message;
  let at = 0;
  for (;;) {
    const tag = readVarint(message, at);
    const length = readVarint(message, tag.end);
    const end = length.end + length.value;
    assert(tag.value % 8 === lengthDelimited && end <= message.length, 'message of strings and messages');
    if (end === message.length) {
      assert(tag.value >> 3 === wanted, `field ${wanted} at the end of the message`);
      const value = growMessage(message.subarray(length.end), inner, by);
      // Lengths inside may have grown by a byte each, too.
      return Buffer.concat([message.subarray(0, tag.end), varint(value.length + by), value]);
    }
    at = end;
  }
}

const lengthDelimited = 2;

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at];
    assert(byte !== undefined, 'varint');
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: at + 1 };
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
  return Uint8Array.from(bytes);
}
