import { splitResourceKey, type ResourceKey } from '../lib/key.ts';

/** A problem at one place of a file. Never holds a value of the object, which may be a Secret. */
export interface FileProblem {
  /** `error` for objects that Sluice reads, `warning` for those that it ignores. */
  readonly severity: 'error' | 'warning';
  /** Path inside the folder, with `/` between its parts. */
  readonly file: string;
  /** From 1; undefined: the whole file. */
  readonly position: Position | undefined;
  /** Undefined when the name cannot be read. */
  readonly object: ResourceKey | undefined;
  readonly path: string;
  readonly message: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Place of an object or a field. */
export interface Place {
  readonly file: string;
  readonly position: Position;
}

/** Returns a problem of a whole file or folder. */
export function fileProblem(file: string, message: string): FileProblem {
  return { severity: 'error', file, position: undefined, object: undefined, path: '', message };
}

export function isError(problem: FileProblem): boolean {
  return problem.severity === 'error';
}

export function byPlace(a: FileProblem, b: FileProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (
    (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0)
  );
}

/** Returns `routes.yaml:14:9: HTTPRoute default/web: spec.rules[0].matches[0].path.value: must start with "/"`. */
export function formatFileProblem(problem: FileProblem): string {
  const place = problem.position === undefined ? '' : `:${problem.position.line}:${problem.position.column}`;
  const parts = [`${printable(problem.file)}${place}`];
  if (problem.object !== undefined) parts.push(objectText(problem.object));
  if (problem.path !== '') parts.push(printable(problem.path));
  parts.push(printable(problem.message));
  return parts.join(': ');
}

function objectText(key: ResourceKey): string {
  const { kind, namespace, name } = splitResourceKey(key);
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** Escapes line breaks: names of files and fields come from users. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
