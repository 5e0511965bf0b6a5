import { contentHash } from '../../../lib/hash.ts';

/**
 * Keeps verdicts by namespace and text. When their characters exceed the limit, the namespace with the most loses its
 * older half, so that no namespace evicts another's. O(1) for each call, O(namespaces) for an eviction.
 */
export class VerdictMemo {
  readonly #maxCharacters: number;
  readonly #namespaces = new Map<string, Verdicts>();
  #characters = 0;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  get(namespace: string, text: string): string | undefined {
    return this.#namespaces.get(namespace)?.byKey.get(keyOf(text));
  }

  set(namespace: string, text: string, verdict: string): void {
    let verdicts = this.#namespaces.get(namespace);
    if (verdicts === undefined)
      this.#namespaces.set(namespace, (verdicts = { byKey: new Map(), characters: 0 }));
    const key = keyOf(text);
    this.#count(verdicts, charactersOf(key, verdict));
    verdicts.byKey.set(key, verdict);
    while (this.#characters > this.#maxCharacters) this.#dropSome();
  }

  #dropSome(): void {
    let [most] = this.#namespaces;
    for (const entry of this.#namespaces) if (entry[1].characters > (most?.[1].characters ?? 0)) most = entry;
    if (most === undefined) return;
    const [namespace, verdicts] = most;
    let left = Math.ceil(verdicts.byKey.size / 2);
    for (const [key, verdict] of verdicts.byKey) {
      if (left-- === 0) break;
      verdicts.byKey.delete(key);
      this.#count(verdicts, -charactersOf(key, verdict));
    }
    if (verdicts.byKey.size === 0) this.#namespaces.delete(namespace);
  }

  #count(verdicts: Verdicts, characters: number): void {
    verdicts.characters += characters;
    this.#characters += characters;
  }
}

interface Verdicts {
  readonly byKey: Map<string, string>;
  characters: number;
}

/** An entry of a map, and two strings. */
const overhead = 100;

function charactersOf(key: string, verdict: string): number {
  return key.length + verdict.length + overhead;
}

/** Hashes long texts. No short one looks like a hash. */
function keyOf(text: string): string {
  return text.length < 32 ? `=${text}` : `#${contentHash(text)}`;
}
