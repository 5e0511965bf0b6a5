import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, YAMLError } from 'yaml';
import type { Position } from './file-problem.ts';

/** The value of a document, and where in its text a field stands. */
export type ParsedDocument =
  | { readonly kind: 'ok'; readonly value: unknown; readonly locate: (path: readonly (string | number)[]) => Position }
  | { readonly kind: 'broken'; readonly position: Position; readonly message: string };

/** How often an anchor may be used, as counted by the parser: kills the bomb of aliases to aliases. */
const maxAliasCount = 100;

const start: Position = { line: 1, column: 1 };

/** Parses one YAML document. Never throws. Positions count from the start of the given text. */
export function parseYaml(text: string): ParsedDocument {
  try {
    return parse(text);
  } catch (error) {
    const message =
      error instanceof RangeError
        ? 'is nested too deeply'
        : error instanceof ReferenceError
          ? 'refers to its anchors too often'
          : 'cannot be read as YAML';
    return { kind: 'broken', position: start, message };
  }
}

/**
 * Parses a JSON file. Never throws.
 *
 * `JSON.parse` is many times faster than YAML, and a file that a tool has written may be large. It gives no positions,
 * so when there is something to say, the text is read again as YAML, which JSON is a part of.
 */
export function parseJson(text: string): ParsedDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a Secret.
    const asYaml = parseYaml(text);
    const position = asYaml.kind === 'broken' ? asYaml.position : start;
    return { kind: 'broken', position, message: 'is not valid JSON' };
  }
  let asYaml: ParsedDocument | undefined;
  return {
    kind: 'ok',
    value,
    locate: (path) => {
      asYaml ??= parseYaml(text);
      return asYaml.kind === 'ok' ? asYaml.locate(path) : asYaml.position;
    },
  };
}

function parse(text: string): ParsedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'silent',
    merge: true,
    prettyErrors: false,
    // The parser compares every key with every other one; see `duplicateKey`.
    uniqueKeys: false,
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    return { kind: 'broken', position: position(error.pos[0]), message: syntaxMessage(error) };
  }
  const duplicate = duplicateKey(document);
  if (duplicate !== undefined) {
    return { kind: 'broken', position: position(duplicate), message: 'gives the same key twice' };
  }
  const value: unknown = document.toJS({ maxAliasCount });
  return { kind: 'ok', value, locate: (path) => position(offsetOf(document, path)) };
}

/** Offset of the first key that its map has already. */
function duplicateKey(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name) && name !== '<<') {
          offset = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return offset;
}

/** Where the field stands, or as much of the path as there is. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const segment of path) {
    if (!isMap(node) && !isSeq(node)) break;
    const next: unknown = node.get(segment, true);
    if (!isNode(next)) break;
    node = next;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

/** In our own words, as the parser's own quote the text, which may be a Secret. */
function syntaxMessage(error: YAMLError): string {
  return `is not valid YAML: ${syntaxMessages.get(error.code) ?? 'unexpected text'}`;
}

const syntaxMessages: ReadonlyMap<string, string> = new Map([
  ['ALIAS_PROPS', 'an alias cannot have an anchor or a tag'],
  ['BAD_ALIAS', 'an alias without its anchor'],
  ['BAD_COLLECTION_TYPE', 'a tag that does not fit what it stands on'],
  ['BAD_DIRECTIVE', 'a directive (%) that cannot be read'],
  ['BAD_DQ_ESCAPE', 'an unknown \\ escape in double quotes'],
  ['BAD_INDENT', 'wrong indentation'],
  ['BAD_PROP_ORDER', 'an anchor or tag in the wrong place'],
  ['BAD_SCALAR_START', 'text that must be put in quotes'],
  ['BLOCK_AS_IMPLICIT_KEY', 'a nested map or list on the line of its key'],
  ['BLOCK_IN_FLOW', 'a block inside { } or [ ]'],
  ['KEY_OVER_1024_CHARS', 'a key that is too long'],
  ['MISSING_CHAR', 'a missing character, such as a quote, a colon or a bracket'],
  ['MULTILINE_IMPLICIT_KEY', 'a key over several lines: is a colon missing?'],
  ['MULTIPLE_ANCHORS', 'two anchors in one place'],
  ['MULTIPLE_TAGS', 'two tags in one place'],
  ['RESOURCE_EXHAUSTION', 'too deeply nested'],
  ['TAB_AS_INDENT', 'a tab as indentation'],
  ['TAG_RESOLVE_FAILED', 'a tag (!) that cannot be read'],
]);
