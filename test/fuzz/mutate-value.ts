import type { Random } from './random.ts';

export type Path = readonly (string | number)[];

const odd: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e15,
  4_294_967_296,
  '',
  ' ',
  '*',
  '*.a.test',
  'a',
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '日本語',
  '%REQ(:path)%',
  'a'.repeat(300),
  '/'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: {} },
];

/** Makes one to four changes of JSON. `other`: another known value. */
export function mutatedValue(
  given: unknown,
  other: unknown,
  words: readonly string[],
  random: Random,
): unknown {
  let value = given;
  for (let i = random.below(4); i >= 0; i--) {
    const path = random.pick(pathsIn(value));
    value = withValue(value, path, replacement(valueAt(value, path), other, words, random));
  }
  return value;
}

function replacement(value: unknown, other: unknown, words: readonly string[], random: Random): unknown {
  switch (random.below(7)) {
    case 0:
      return undefined;
    case 1:
      return random.pick(odd);
    case 2:
      return words.length === 0 ? value : random.pick(words);
    case 3:
      return valueAt(other, random.pick(pathsIn(other)));
    case 4:
      return Array.isArray(value) ? [...(value as unknown[]), ...(value as unknown[])] : [value, value];
    case 5:
      return typeof value === 'string' ? changedText(value, words, random) : { [random.pick(words)]: value };
    default: {
      let deep = value;
      for (let i = random.length(100); i >= 0; i--) deep = random.chance(2) ? [deep] : { a: deep };
      return deep;
    }
  }
}

function changedText(text: string, words: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const end = at + random.length(8);
  const middle = random.chance(2) ? random.pick([...words, ' ']) : String.fromCharCode(random.below(0x180));
  return `${text.slice(0, at)}${middle}${text.slice(end)}`.slice(0, 8192);
}

/** Every place in a value, the root first. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || path.length > 40) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...keys.slice(0, 50).flatMap((key) => pathsIn((value as never)[key], [...path, key]))];
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** A copy with another value at the path; undefined removes it. */
export function withValue(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  const next = withValue(own ? (value as Record<string | number, unknown>)[key] : undefined, rest, inner);
  if (typeof key === 'number') {
    const list: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [];
    if (next === undefined) list.splice(key, 1);
    else list[Math.min(key, list.length)] = next;
    return list;
  }
  const entries = Object.entries(typeof value === 'object' && !Array.isArray(value) ? (value ?? {}) : {});
  const others = entries.filter(([name]) => name !== key);
  return Object.fromEntries(next === undefined ? others : [...others, [key, next]]);
}
