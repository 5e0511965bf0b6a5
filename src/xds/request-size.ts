import { BinaryReader } from '@bufbuild/protobuf/wire';

/**
 * Judges a DeltaDiscoveryRequest before it is decoded, so that a large one costs neither memory nor time: stops at
 * the first name or field too many. Returns the exceeded limit. Throws on bytes that are no protobuf.
 */
export function tooLarge(bytes: Uint8Array, maxNames: number): string | undefined {
  const reader = new BinaryReader(bytes);
  let names = 0;
  let others = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const bound = bounds.get(tag);
    if (bound === undefined) {
      if (++others > maxOthers) return `more than ${maxOthers} fields beside names`;
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    const length = reader.uint32();
    if (length > bound.bytes) return `${bound.of} of ${length} bytes, more than ${bound.bytes}`;
    if (bound.isName ? ++names > maxNames : ++others > maxOthers)
      return `more than ${bound.isName ? `${maxNames} names` : `${maxOthers} fields beside names`}`;
    const end = reader.pos + length;
    if (tag === versionsTag && !isPair(reader, end)) return 'a name with more than a version';
    reader.pos = end;
  }
  return undefined;
}

/** True for one key and one value; an entry that repeats them would cost its length. */
function isPair(reader: BinaryReader, end: number): boolean {
  for (let fields = 0; reader.pos < end; fields++) {
    if (fields === 2) return false;
    reader.uint32();
    const length = reader.uint32();
    reader.pos += length;
  }
  return true;
}

/** Names of Kubernetes have at most 253 characters, and a resource is named after up to three. */
const maxNameBytes = 1024;
/** Versions are hashes, here and in other control planes. */
const maxVersionBytes = 256;
/** Limit of a node, with its metadata and a line for each extension, and of a NACK's text. */
const maxTextBytes = 1024 * 1024;
const maxOthers = 100;

interface Bound {
  readonly of: string;
  readonly bytes: number;
  readonly isName: boolean;
}

const versionsTag = tagOf(5);

/** Bounds by tag, of fields that may repeat or whose text a stream keeps. */
const bounds: ReadonlyMap<number, Bound> = new Map([
  [tagOf(1), { of: 'a node', bytes: maxTextBytes, isName: false }],
  [tagOf(2), { of: 'a type_url', bytes: maxNameBytes, isName: false }],
  [tagOf(3), { of: 'a name', bytes: maxNameBytes, isName: true }],
  [tagOf(4), { of: 'a name', bytes: maxNameBytes, isName: true }],
  [versionsTag, { of: 'a name and its version', bytes: maxNameBytes + maxVersionBytes, isName: true }],
  [tagOf(7), { of: 'an error_detail', bytes: maxTextBytes, isName: false }],
]);

function tagOf(field: number): number {
  return field * 8 + 2;
}
