import { isAlias, isCollection, isScalar, type YAMLMap } from 'yaml';

/** Refuses deep text before the YAML parser, which reads all of it first. Fits text with many lone brackets. */
export const maxBracketDepth = 10_000;

/** Returns how deep brackets are nested if none of them is inside text. */
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

export interface KeyFlaw {
  readonly kind: 'repeated' | 'no text';
  readonly offset: number;
}

/**
 * Finds a repeated key, or one that is a list, a map or an alias. The parser's own check compares every key with every
 * other one, and writes a key that is a collection as text again for each level: `? ? ? ?` of a kilobyte takes minutes.
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
