import {
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { failureText } from '../lib/failure.ts';
import { bracketDepth, keyFlaw, maxBracketDepth, type KeyFlaw } from '../lib/yaml-bounds.ts';
import type { Path } from './issue.ts';

const maxTextLength = 1024 * 1024;
const maxAliases = 100;

export type YamlSource =
  | { readonly kind: 'parsed'; readonly value: unknown; lineOf(path: Path): number }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

/** A section without content, such as one with only comments, is absent. */
export function parseYaml(text: string): YamlSource {
  if (text.length > maxTextLength) return { kind: 'broken', line: 1, message: 'is larger than 1 MiB' };
  if (bracketDepth(text) > maxBracketDepth)
    return { kind: 'broken', line: 1, message: 'is nested too deeply' };
  try {
    return parse(text);
  } catch (cause) {
    // Too many aliases, or an unknown anchor.
    return { kind: 'broken', line: 1, message: failureText(cause) };
  }
}

function parse(text: string): YamlSource {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
  });
  const [error] = document.errors;
  if (error !== undefined) {
    return { kind: 'broken', line: counter.linePos(error.pos[0]).line, message: error.message };
  }
  const wrong = firstFlaw(document);
  if (wrong !== undefined) {
    const message = wrong.kind === 'repeated' ? 'Map keys must be unique' : 'a key must be text';
    return { kind: 'broken', line: counter.linePos(wrong.offset).line, message };
  }
  const places = new Places(document);
  return {
    kind: 'parsed',
    value: withoutNulls(document.toJS({ maxAliasCount: maxAliases })) ?? {},
    lineOf: (path) => counter.linePos(places.offsetOf(path)).line || 1,
  };
}

function firstFlaw(document: Document): KeyFlaw | undefined {
  let found: KeyFlaw | undefined;
  visit(document, {
    Map: (_, map) => {
      found = keyFlaw(map);
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

/** Finds the places of keys. Reads each map once, however many of its keys are asked for. */
class Places {
  readonly #document: Document;
  readonly #keys = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document) {
    this.#document = document;
  }

  offsetOf(path: Path): number {
    let node: unknown = this.#document.contents;
    let offset = 0;
    for (const name of path) {
      if (!isMap(node)) break;
      const pair = this.#keysOf(node).get(String(name));
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    }
    return offset;
  }

  #keysOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#keys.get(map);
    if (known !== undefined) return known;
    const keys = new Map<string, Pair>();
    for (const pair of map.items) if (isScalar(pair.key)) keys.set(String(pair.key.value), pair);
    this.#keys.set(map, keys);
    return keys;
  }
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const kept: [string, unknown][] = [];
  for (const [name, child] of Object.entries(value)) {
    const cleaned = withoutNulls(child);
    if (cleaned !== undefined) kept.push([name, cleaned]);
  }
  // `fromEntries` makes `__proto__` an ordinary key.
  return Object.fromEntries(kept);
}
