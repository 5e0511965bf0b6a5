import { isAlias, isCollection, isScalar, type YAMLMap } from 'yaml';

/**
 * The parser gives up far sooner, but only after it has read to the end of what is nested, at a few microseconds a
 * bracket. High enough for text that is full of lone brackets for reasons of its own.
 */
export const maxBracketDepth = 10_000;

/** How deep brackets would be nested if none of them stood in text. */
export function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    // `[` and `{`, `]` and `}`: each pair differs in one bit.
    const code = text.charCodeAt(i) | 0x20;
    if (code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d) depth = Math.max(depth - 1, 0);
  }
  return deepest;
}

/** A key of a map that is not as those of objects are. */
export interface KeyFlaw {
  readonly kind: 'repeated' | 'no text';
  readonly offset: number;
}

/**
 * Looks for a key that its map has already, and for one that is a list, a map or an alias. The parser's own check for the first
 * compares every key with every other one, and it writes the second as text again for each that it is in: `? ? ? ?` of
 * a kilobyte would take minutes.
 */
export function keyFlaw(map: YAMLMap): KeyFlaw | undefined {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (isCollection(key) || isAlias(key)) return { kind: 'no text', offset: key.range?.[0] ?? 0 };
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (seen.has(name) && name !== '<<') return { kind: 'repeated', offset: key.range?.[0] ?? 0 };
    seen.add(name);
  }
  return undefined;
}
