import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { Document, DocumentOptions, ParseOptions, SchemaOptions, YAMLError, YAMLMap } from 'yaml';
import { bracketDepth, keyFlaw, maxBracketDepth } from '../lib/yaml-bounds.ts';
import type { Position } from './file-problem.ts';

/** The value of a document, and a function that finds the place of a field in its text. */
export type ParsedDocument =
  | {
      readonly kind: 'ok';
      readonly value: unknown;
      readonly locate: (path: readonly (string | number)[]) => Position;
    }
  | { readonly kind: 'broken'; readonly position: Position; readonly message: string };

/**
 * Bound of the aliases in a document, for time: each is looked up in the whole document. Also bounds the uses of an
 * anchor through aliases of aliases, which a YAML bomb multiplies by ten on each line.
 */
const maxAliases = 100;

/** Parsing takes about a second per megabyte. The API server accepts no larger object either. */
const maxYamlLength = 1024 * 1024;

const start: Position = { line: 1, column: 1 };

/** Parses one YAML document. Never throws. Positions count from the start of the text. */
export function parseYaml(text: string): ParsedDocument {
  if (text.length > maxYamlLength) {
    const message = `is a document of more than ${maxYamlLength} characters: write it as JSON, or as several`;
    return { kind: 'broken', position: start, message };
  }
  if (bracketDepth(text) > maxBracketDepth) {
    return { kind: 'broken', position: start, message: 'is nested too deeply' };
  }
  try {
    return parse(text);
  } catch (error) {
    const message =
      error instanceof RangeError
        ? 'is nested too deeply'
        : error instanceof ReferenceError
          ? 'refers to its anchors too often, or to itself'
          : 'cannot be read as YAML';
    return { kind: 'broken', position: start, message };
  }
}

/**
 * Parses a JSON file. Never throws. `JSON.parse` is many times faster than the YAML parser but gives no positions, so
 * the text is read again as YAML when a problem needs one.
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
    ...asKubectl,
    // The parser compares every key with every other one; `flawOf` does it.
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
  const flaw = flawOf(document);
  if (flaw !== undefined) {
    return { kind: 'broken', position: position(flaw.offset), message: flaw.message };
  }
  const value: unknown = document.toJS({ maxAliasCount: maxAliases });
  return { kind: 'ok', value, locate: (path) => position(offsetOf(document, path)) };
}

/**
 * Rules of kubectl: plain scalars of YAML 1.1 (`no` is false, `0120` is 80) but without base 60, times, and tags for
 * values that JSON lacks.
 */
const asKubectl: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || (kubectlTags.has(tag.tag) && tag.format !== 'TIME')),
};

const kubectlTags: ReadonlySet<string> = new Set(
  ['map', 'seq', 'str', 'null', 'bool', 'int', 'float', 'merge'].map((name) => `tag:yaml.org,2002:${name}`),
);

interface Flaw {
  readonly offset: number;
  readonly message: string;
}

/** Finds flaws that the parser accepts: a repeated key, a key that is no text, an unknown alias, too many aliases. */
function flawOf(document: Document.Parsed): Flaw | undefined {
  let flaw: Flaw | undefined;
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      const known = anchors.has(node.source);
      if (known && ++aliases <= maxAliases) return undefined;
      const message = known ? `has more than ${maxAliases} aliases` : 'has an alias without its anchor';
      flaw = { offset: node.range?.[0] ?? 0, message };
    } else if (isScalar(node) || isCollection(node)) {
      if (node.anchor !== undefined) anchors.add(node.anchor);
      const wrong = isMap(node) ? keyFlaw(node) : undefined;
      if (wrong === undefined) return undefined;
      const message = wrong.kind === 'repeated' ? 'gives the same key twice' : 'has a key that is no text';
      flaw = { offset: wrong.offset, message };
    } else return undefined;
    return visit.BREAK;
  });
  return flaw;
}

/** Returns the offset of a field, or of the deepest part of its path that exists; of a list or map that of its key. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const segment of path) {
    if (!isMap(node) && !isSeq(node)) break;
    const next: unknown = node.get(segment, true);
    if (!isNode(next)) break;
    const key = isMap(node) && isCollection(next) ? keyOf(node, segment) : undefined;
    node = next;
    offset = startOf(key) ?? startOf(node) ?? offset;
  }
  return offset;
}

function keyOf(map: YAMLMap, name: string | number): unknown {
  return map.items.find(({ key }) => isScalar(key) && key.value === name)?.key;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Describes an error without quoting the text, which may be a Secret. */
function syntaxMessage(error: YAMLError): string {
  return `is not valid YAML: ${syntaxMessages.get(error.code) ?? 'unexpected text'}`;
}

const syntaxMessages: ReadonlyMap<string, string> = new Map([
  ['ALIAS_PROPS', 'an alias cannot have an anchor or a tag'],
  ['BAD_ALIAS', 'an alias without its anchor'],
  ['BAD_COLLECTION_TYPE', 'a tag that does not fit what it stands on'],
  ['BAD_DIRECTIVE', 'a directive (%) that cannot be read'],
  ['BAD_DQ_ESCAPE', 'an unknown \\ escape in double quotes'],
  ['BAD_INDENT', 'wrong indentation, or a bracket that is not closed'],
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
