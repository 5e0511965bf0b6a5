/** A field of a protobuf message in wire form; peers' messages may have fields that `proto/` lacks. */
interface Field {
  readonly number: number;
  /** A length-delimited field's content; empty for a number. */
  readonly bytes: Uint8Array;
}

export function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag & 7;
    let bytes: Uint8Array = none;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varint();
      if (at + length > message.length) throw new Error('a field beyond its message');
      bytes = message.subarray(at, at + length);
      at += length;
    } else throw new Error(`wire type ${wireType} in an xDS resource`);
    yield { number: Math.floor(tag / 8), bytes };
  }
}

/** Contents at a path of field numbers, through every element of repeated fields. */
export function partsAt(message: Uint8Array, [first, ...rest]: readonly number[]): Uint8Array[] {
  if (first === undefined) return [message];
  return [...fields(message)].flatMap(({ number, bytes }) => (number === first ? partsAt(bytes, rest) : []));
}

export function textAt(message: Uint8Array, path: readonly number[]): string[] {
  return partsAt(message, path).map((bytes) => Buffer.from(bytes).toString());
}

const none = new Uint8Array(0);
