import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/**
 * Descriptors by file name. The linker keeps them as plain bytes without a length. Fields ascend, and the bytes behind
 * a descriptor cannot continue that order and still decode, so walking finds its end.
 */
export function binaryDescriptors(program: Buffer): Map<string, FileDescriptorProto> {
  const found = new Map<string, FileDescriptorProto>();
  for (let at = program.indexOf(suffix); at !== -1; at = program.indexOf(suffix, at + 1)) {
    const start = startOfFile(program, at + suffix.length);
    if (start === undefined) continue;
    const file = decode(program, start);
    if (file && !found.has(file.name)) found.set(file.name, file);
  }
  return found;
}

/** Other text ends in `.proto`, too, but only a descriptor goes on with its `package` field. */
const suffix = Buffer.from('.proto');
const nameTag = 0x0a;
const packageTag = 0x12;

/** Names are under 128 bytes, so that their length is one byte. */
function startOfFile(program: Buffer, end: number): number | undefined {
  if (program[end] !== packageTag) return undefined;
  for (let length = suffix.length + 1; length < 128; length++) {
    const start = end - length - 2;
    if (start < 0) return undefined;
    if (program[start] === nameTag && program[start + 1] === length) return start;
  }
  return undefined;
}

function decode(program: Buffer, start: number): FileDescriptorProto | undefined {
  try {
    return fromBinary(FileDescriptorProtoSchema, program.subarray(start, endOfFile(program, start)));
  } catch {
    return undefined;
  }
}

/** Fields of FileDescriptorProto: https://protobuf.dev/reference/cpp/api-docs/google.protobuf.descriptor.pb/ */
const lengthPrefixed = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 12]);
const varints = new Set([10, 11, 14]);

function endOfFile(program: Buffer, start: number): number {
  let at = start;
  let last = 0;
  for (;;) {
    const tag = program[at] ?? 0;
    const field = tag >> 3;
    if (field < last) return at;
    const value = varint(program, at + 1);
    if ((tag & 7) === 2 && lengthPrefixed.has(field)) at = value.end + value.number;
    else if ((tag & 7) === 0 && varints.has(field)) at = value.end;
    else return at;
    last = field;
  }
}

function varint(program: Buffer, start: number): { number: number; end: number } {
  let number = 0;
  let at = start;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = program[at++] ?? 0;
    number += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return { number, end: at };
}
