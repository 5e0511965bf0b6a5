import { mutatedBytes } from './mutate-bytes.ts';
import { mutatedValue, pathsIn, valueAt, withValue } from './mutate-value.ts';
import type { Random } from './random.ts';

/** A parser of bytes or objects from outside. */
export interface Door<Input = unknown> {
  readonly name: string;
  readonly seeds: readonly Input[];
  mutate(input: Input, other: Input, random: Random): Input;
  /** Repeats a part of the input; undefined: nothing to repeat. */
  grown(input: Input, times: number, random: Random): Input | undefined;
  /** Returns the parser's answer, for comparison; a declared failure is one. Throws only for a bug. */
  run(input: Input): unknown;
  /** The input in a form in which a person can give it again. */
  print(input: Input): string;
}

interface BytesDoor {
  readonly name: string;
  readonly seeds: readonly (string | Uint8Array)[];
  readonly words: readonly string[];
  readonly run: (bytes: Uint8Array) => unknown;
}

export function bytesDoor({ name, seeds, words, run }: BytesDoor): Door<Uint8Array> {
  return {
    name,
    seeds: [...seeds, ''].map((seed) => Uint8Array.from(Buffer.from(seed))),
    mutate: (bytes, other, random) => mutatedBytes(bytes, other, words, random),
    grown: (bytes, times, random) => {
      if (bytes.length === 0) return undefined;
      const start = random.below(bytes.length);
      const end = start + 1 + random.below(Math.min(bytes.length - start, 512));
      const isWord = words.length > 0 && random.chance(2);
      const part = isWord ? Buffer.from(random.pick(words)) : bytes.subarray(start, end);
      const copies: Uint8Array[] = Array(times).fill(part);
      return Uint8Array.from(Buffer.concat([bytes.subarray(0, start), ...copies, bytes.subarray(end)]));
    },
    run,
    print: (bytes) => `base64 ${Buffer.from(bytes).toString('base64')}`,
  };
}

/** The parser gets the bytes as UTF-8. */
export function textDoor({
  run,
  ...rest
}: Omit<BytesDoor, 'run'> & { readonly run: (text: string) => unknown }): Door<Uint8Array> {
  return bytesDoor({ ...rest, run: (bytes) => run(Buffer.from(bytes).toString('utf8')) });
}

interface ValueDoor {
  readonly name: string;
  readonly seeds: readonly unknown[];
  readonly words: readonly string[];
  /** Changes that are worth a try beside those of any JSON. */
  readonly mutate?: (value: unknown, random: Random) => unknown;
  readonly run: (value: unknown) => unknown;
}

export function valueDoor({ name, seeds, words, mutate, run }: ValueDoor): Door {
  return {
    name,
    seeds,
    mutate: (value, other, random) =>
      mutate !== undefined && !random.chance(3)
        ? mutate(value, random)
        : mutatedValue(value, other, words, random),
    grown: (value, times, random) => {
      const paths = pathsIn(value).filter((path) => sizeAt(valueAt(value, path)) > 0);
      if (paths.length === 0) return undefined;
      const path = random.pick(paths);
      return withValue(value, path, repeated(valueAt(value, path), times));
    },
    run,
    print: (value) => `JSON ${JSON.stringify(value)}`,
  };
}

function sizeAt(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function repeated(value: unknown, times: number): unknown {
  if (typeof value === 'string') return value.repeat(times);
  const copies = Array.from({ length: times }, (_, i) => i);
  if (Array.isArray(value)) return copies.flatMap(() => value as unknown[]);
  const entries = Object.entries(value ?? {});
  return Object.fromEntries(
    copies.flatMap((i) => entries.map(([key, inner]) => [`${key}${i || ''}`, inner])),
  );
}
