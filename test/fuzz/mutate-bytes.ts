import type { Random } from './random.ts';

/** No input grows beyond this by itself; costs of length are found by doubling, see `guided.ts`. */
const maxBytes = 64 * 1024;

const oddBytes: readonly number[] = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2d, 0x2f, 0x3a, 0x3d, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80,
  0xc3, 0xe2, 0xf0, 0xff,
];

/** Makes one to four changes. `words`: text with a meaning for the parser; `other`: another known input. */
export function mutatedBytes(
  given: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  random: Random,
): Uint8Array {
  let bytes: Uint8Array = given;
  for (let i = random.below(4); i >= 0; i--) bytes = changed(bytes, other, words, random);
  return bytes.subarray(0, maxBytes);
}

function changed(bytes: Uint8Array, other: Uint8Array, words: readonly string[], random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  const end = Math.min(start + random.length(256), bytes.length);
  const piece = (to: Uint8Array) => joined(bytes.subarray(0, start), to, bytes.subarray(end));
  switch (random.below(8)) {
    case 0:
      return piece(new Uint8Array(0));
    case 1:
      return joined(bytes.subarray(0, end), bytes.subarray(start));
    case 2:
      return piece(Uint8Array.of(random.pick(oddBytes)));
    case 3:
      return piece(Uint8Array.of(random.below(256)));
    case 4:
      return piece(new Uint8Array(random.length(4096)).fill(random.pick(oddBytes)));
    case 5: {
      const from = random.below(other.length);
      return piece(other.subarray(from, from + random.length(512)));
    }
    case 6: {
      const copy = Uint8Array.from(bytes);
      const byte = copy[start];
      if (byte !== undefined) copy[start] = byte ^ (1 << random.below(8));
      return copy;
    }
    default:
      return words.length === 0 ? bytes : piece(Buffer.from(random.pick(words)));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
