import { parseObject } from '../kinds/door.ts';
import { fieldPathSegments } from '../kinds/shape/field-path.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Position } from './file-problem.ts';
import { objectsIn, partsOf } from './manifest-parts.ts';
import { parseJson, parseYaml } from './parse-document.ts';

/**
 * Finds a field of an object in the text of its file, or the deepest part of its path that exists. `start` is where the
 * object was when the file was read; undefined: it is no longer there. Costs the parsing of the object's document.
 */
export function locateField(
  text: string,
  format: 'yaml' | 'json',
  object: ResourceKey,
  start: Position,
  path: string,
): Position | undefined {
  const part = [...partsOf(text, format)].findLast(({ linesBefore }) => linesBefore < start.line);
  if (part === undefined) return undefined;
  const document = format === 'json' ? parseJson(part.text) : parseYaml(part.text);
  if (document.kind === 'broken') return undefined;
  for (const { value, place } of objectsIn(document.value, part.part)) {
    const parsed = parseObject(value);
    if (parsed.kind !== 'row' || parsed.row.key !== object) continue;
    const { line, column } = document.locate([...place, ...fieldPathSegments(path)]);
    return { line: line + part.linesBefore, column };
  }
  return undefined;
}
