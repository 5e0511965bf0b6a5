import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { failureText } from '../lib/failure.ts';
import type { Path } from './issue.ts';

const maxTextLength = 1024 * 1024;
const maxAliases = 100;

/** A config file's YAML as plain data, with the line that each option stands on. */
export type YamlSource =
  | { readonly kind: 'parsed'; readonly value: unknown; lineOf(path: Path): number }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

/** A section without content, such as one whose lines are all commented out, is absent. */
export function parseYaml(text: string): YamlSource {
  if (text.length > maxTextLength) return { kind: 'broken', line: 1, message: 'is larger than 1 MiB' };
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, version: '1.2' });
  const [error] = document.errors;
  if (error !== undefined) {
    return { kind: 'broken', line: counter.linePos(error.pos[0]).line, message: error.message };
  }
  try {
    return {
      kind: 'parsed',
      value: withoutNulls(document.toJS({ maxAliasCount: maxAliases })) ?? {},
      lineOf: (path) => counter.linePos(offsetOf(document, path)).line || 1,
    };
  } catch (cause) {
    // Aliases: too many, or of an anchor that does not exist.
    return { kind: 'broken', line: 1, message: failureText(cause) };
  }
}

/** Where the key of the deepest existing part of the path stands. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const name of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
    if (pair === undefined) break;
    if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const kept: [string, unknown][] = [];
  for (const [name, child] of Object.entries(value)) {
    const cleaned = withoutNulls(child);
    if (cleaned !== undefined) kept.push([name, cleaned]);
  }
  // `fromEntries` defines own properties, so a key `__proto__` is a key like any other.
  return Object.fromEntries(kept);
}
