import { readFileSync } from 'node:fs';
import { record } from '../kinds/identity.ts';
import { maxProblems } from '../kinds/problems.ts';
import type { Problem } from '../kinds/row.ts';
import { fieldPath } from '../kinds/shape/field-path.ts';
import { nearest } from '../lib/nearest.ts';

/** Fields of a map by name; `any`: a value that is taken as it is. */
type Fields = ReadonlyMap<string, Fields | 'any'>;

/**
 * Finds fields that the API of the kind does not have: an API server would drop them without a word. Kinds that
 * `known-fields.txt` does not list have none. Costs O(fields of the object); names are compared for an unknown field alone.
 */
export function unknownFields(kind: string, object: unknown): Problem[] {
  const fields = kindFields(kind);
  if (fields === undefined) return [];
  const found: Problem[] = [];
  walk({ kind, all: fields, found }, fields, object, []);
  return found.slice(0, maxProblems);
}

interface Search {
  readonly kind: string;
  readonly all: Fields;
  readonly found: Problem[];
}

function walk(search: Search, fields: Fields, value: unknown, path: readonly (string | number)[]): void {
  for (const [name, inner] of Object.entries(record(value) ?? {})) {
    if (inner === null || search.found.length === maxProblems) continue;
    const known = fields.get(name);
    const place = [...path, name];
    if (known === undefined)
      search.found.push({ path: fieldPath(place), message: messageOf(search, name, fields) });
    // A value of the wrong type is the schema's to name.
    else if (known !== 'any' && known.size > 0) {
      if (!Array.isArray(inner)) walk(search, known, inner, place);
      else for (const [index, item] of inner.entries()) walk(search, known, item, [...place, index]);
    }
  }
}

/** Names that a message lists when none is near. */
const maxListed = 12;

function messageOf({ kind, all }: Search, name: string, fields: Fields): string {
  const meant = nearest(name, fields.keys());
  if (meant !== undefined) return `is not a field of ${kind} and has no effect: did you mean ${meant}?`;
  const [place] = placesOf(name, all, []).sort((a, b) => a.length - b.length);
  if (place !== undefined)
    return `is not a field here and has no effect: ${place.length === 0 ? 'it belongs at the top' : `it belongs in ${fieldPath(place)}`}`;
  const names = [...fields.keys()].slice(0, maxListed);
  return `is not a field of ${kind} and has no effect; here it has ${names.join(', ')}${fields.size > maxListed ? ', …' : ''}`;
}

function placesOf(name: string, fields: Fields, path: readonly string[]): (readonly string[])[] {
  return [
    ...(fields.has(name) ? [path] : []),
    ...[...fields].flatMap(([inner, below]) =>
      below === 'any' ? [] : placesOf(name, below, [...path, inner]),
    ),
  ];
}

function kindFields(kind: string): Fields | undefined {
  kinds ??= parsed(readFileSync(new URL('known-fields.txt', import.meta.url), 'utf8'));
  const own = kinds.get(kind);
  if (own === undefined || own === 'any') return undefined;
  const metadata = kinds.get('ObjectMeta') ?? 'any';
  return new Map([['apiVersion', none], ['kind', none], ['metadata', metadata], ['status', 'any'], ...own]);
}

const none: Fields = new Map();

/** Read at the first use: it is not needed in a cluster. */
let kinds: Fields | undefined;

/** Parses names that are indented by their depth; a star stands behind a value that is taken as it is. */
function parsed(text: string): Fields {
  const root = new Map<string, Fields | 'any'>();
  const open: Map<string, Fields | 'any'>[] = [root];
  for (const line of text.trimEnd().split('\n')) {
    const name = line.trimStart();
    const depth = line.length - name.length;
    const fields = new Map<string, Fields | 'any'>();
    if (name.endsWith(' *')) open[depth]?.set(name.slice(0, -2), 'any');
    else open[depth]?.set(name, fields);
    open[depth + 1] = fields;
  }
  return root;
}
