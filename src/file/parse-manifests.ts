import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import { fieldPathSegments } from '../kinds/shape/field-path.ts';
import { parseObject } from '../kinds/door.ts';
import type { Problem, Row } from '../kinds/row.ts';
import type { Position } from './file-problem.ts';
import { parseJson, parseYaml } from './parse-document.ts';
import { objectsIn, partsOf } from './manifest-parts.ts';
import type { DocumentPart } from './split-list.ts';
import { TimeSlice } from './time-slice.ts';
import { unknownFields } from './unknown-fields.ts';

export interface ManifestObject {
  readonly row: Row;
  readonly apiVersion: string;
  readonly position: Position;
}

/** A `FileProblem` without the file's name. */
export interface TextProblem {
  readonly severity: 'error' | 'warning';
  readonly position: Position;
  readonly object: ResourceKey | undefined;
  readonly path: string;
  readonly message: string;
}

export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly TextProblem[];
  /** False when a part of the text may be an object that could not be read. */
  readonly isWhole: boolean;
  /** Result of each document by the hash of its text. Positions count from the document's first line. */
  readonly documents: ReadonlyMap<string, DocumentResult>;
}

export interface DocumentResult {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly TextProblem[];
  readonly isWhole: boolean;
}

/** A file with more problems is most likely no file of manifests. */
const maxProblems = 100;

/**
 * Reads the text of a file: JSON, or YAML with any number of documents. Never throws; yields to the event loop between
 * documents. Documents in `known`, from the file's last version, are not parsed again.
 */
export async function parseManifests(
  text: string,
  format: 'yaml' | 'json',
  known: ReadonlyMap<string, DocumentResult>,
  clock: Clock,
): Promise<Manifests> {
  const slice = new TimeSlice(clock);
  const objects: ManifestObject[] = [];
  const problems: TextProblem[] = [];
  const documents = new Map<string, DocumentResult>();
  let isWhole = true;
  for (const source of partsOf(text, format)) {
    await slice.pause();
    const hash = `${source.part} ${contentHash(source.text)}`;
    const result = documents.get(hash) ?? known.get(hash) ?? (await readPart(source, format, slice));
    documents.set(hash, result);
    isWhole &&= result.isWhole;
    const { linesBefore } = source;
    for (const object of result.objects) objects.push(moved(object, linesBefore));
    for (const problem of result.problems) {
      if (problems.length < maxProblems) problems.push(moved(problem, linesBefore));
    }
  }
  return { objects, problems, isWhole, documents };
}

async function readPart(
  { text, part }: DocumentPart,
  format: 'yaml' | 'json',
  slice: TimeSlice,
): Promise<DocumentResult> {
  const document = format === 'json' ? parseJson(text) : parseYaml(text);
  const objects: ManifestObject[] = [];
  const problems: TextProblem[] = [];
  const report = (problem: TextProblem) => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  if (document.kind === 'broken') {
    const { position, message } = document;
    report({ severity: 'error', position, object: undefined, path: '', message });
    return { objects, problems, isWhole: false };
  }
  let isWhole = true;
  for (const { value, place } of objectsIn(document.value, part)) {
    await slice.pause();
    const parsed = parseObject(value);
    if (parsed.kind === 'ignored') {
      if (parsed.warning === undefined) continue;
      const position = document.locate([...place, parsed.warning.path]);
      report({ severity: 'warning', position, object: parsed.key, ...parsed.warning });
      continue;
    }
    if (parsed.kind === 'row') {
      // A position in JSON needs a second parse, which only problems are worth.
      const position = format === 'json' ? firstLine : document.locate(place);
      objects.push({ row: parsed.row, apiVersion: parsed.apiVersion, position });
    } else isWhole = false;
    const object = parsed.kind === 'row' ? parsed.row.key : undefined;
    const located =
      (severity: TextProblem['severity']) =>
      ({ path, message }: Problem): TextProblem => {
        const position = document.locate([...place, ...fieldPathSegments(path)]);
        return { severity, position, object, path, message };
      };
    const unknown = object === undefined ? [] : unknownFields(splitResourceKey(object).kind, value);
    const found = [...(parsed.problems ?? []).map(located('error')), ...unknown.map(located('warning'))];
    for (const problem of found.sort(byPosition)) report(problem);
  }
  return { objects, problems, isWhole };
}

const firstLine: Position = { line: 1, column: 1 };

function byPosition(a: TextProblem, b: TextProblem): number {
  return a.position.line - b.position.line || a.position.column - b.position.column;
}

function moved<T extends { readonly position: Position }>(item: T, lines: number): T {
  const { line, column } = item.position;
  return lines === 0 ? item : { ...item, position: { line: line + lines, column } };
}
