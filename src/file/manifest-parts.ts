import { record } from '../kinds/identity.ts';
import { splitDocuments } from './split-documents.ts';
import { splitList, type DocumentPart } from './split-list.ts';

/** Cuts the text of a file into the parts that are parsed by themselves. */
export function* partsOf(text: string, format: 'yaml' | 'json'): Generator<DocumentPart> {
  if (format === 'json') yield { text, linesBefore: 0, part: 'object' };
  else for (const document of splitDocuments(text)) yield* splitList(document);
}

export interface PlacedValue {
  readonly value: unknown;
  readonly place: readonly (string | number)[];
}

/** Yields the objects of a part. */
export function* objectsIn(value: unknown, part: DocumentPart['part']): Generator<PlacedValue> {
  if (part === 'object') yield* manifestsIn(value, []);
  if (part !== 'items' || !Array.isArray(value)) return;
  for (const [index, item] of value.entries()) yield* manifestsIn(item, [index]);
}

/** Yields the object, or the items of a `kind: List`, which may be lists again. */
function* manifestsIn(value: unknown, place: PlacedValue['place']): Generator<PlacedValue> {
  if (value === null || value === undefined) return;
  const list = record(value);
  const items = list?.['apiVersion'] === 'v1' && list['kind'] === 'List' ? list['items'] : undefined;
  if (!Array.isArray(items) || place.length >= maxListDepth) yield { value, place };
  else for (const [index, item] of items.entries()) yield* manifestsIn(item, [...place, 'items', index]);
}

/** Two path segments for each list inside a list. */
const maxListDepth = 8;
