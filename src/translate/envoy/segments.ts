import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Stands for the code of a plugin, which stays on the main thread. */
export interface MissingBytes {
  readonly sha256: string;
  readonly size: number;
}

/** A message in pieces, some of which are code. */
export type Segments = readonly (Uint8Array | MissingBytes)[];

export function field(number: number, value: Segments): Segments {
  const head = new BinaryWriter().uint32((number << 3) | lengthDelimited).uint32(sizeOf(value));
  return [head.finish(), ...value];
}

/** Returns the parts that cross threads: the bytes, and the position and name of each missing blob. */
export function joined(segments: Segments): { readonly bytes: Uint8Array; readonly blobs: string } {
  const blobs: string[] = [];
  const here: Uint8Array[] = [];
  let offset = 0;
  for (const segment of segments) {
    if (segment instanceof Uint8Array) {
      here.push(segment);
      offset += segment.length;
    } else blobs.push(`${offset}:${segment.sha256}`);
  }
  return { bytes: Buffer.concat(here), blobs: blobs.join() };
}

function sizeOf(segments: Segments): number {
  return segments.reduce(
    (sum, segment) => sum + (segment instanceof Uint8Array ? segment.length : segment.size),
    0,
  );
}

const lengthDelimited = 2;
