import { splitResourceKey, type ResourceKey } from '../lib/key.ts';

/** A problem at one place of one file. Never holds a value of the object, which may be a Secret. */
export interface FileProblem {
  /** An error is of what Sluice reads; a warning is of what it leaves alone. */
  readonly severity: 'error' | 'warning';
  /** Path inside the folder, with `/` between its parts. */
  readonly file: string;
  /** From 1; undefined when the problem is that of the whole file. */
  readonly position: Position | undefined;
  /** Undefined when the text does not get as far as a name. */
  readonly object: ResourceKey | undefined;
  /** Field path; empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One line: `routes.yaml:14:9: HTTPRoute default/web: spec.rules[0].matches[0].path.value: must start with "/"`. */
export function formatFileProblem(problem: FileProblem): string {
  const place = problem.position === undefined ? '' : `:${problem.position.line}:${problem.position.column}`;
  const parts = [`${printable(problem.file)}${place}`];
  if (problem.object !== undefined) parts.push(objectText(problem.object));
  if (problem.path !== '') parts.push(printable(problem.path));
  parts.push(printable(problem.message));
  return parts.join(': ');
}

/** `HTTPRoute default/web`, or `GatewayClass sluice`. */
function objectText(key: ResourceKey): string {
  const { kind, namespace, name } = splitResourceKey(key);
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** File names and field names come from users, and may hold line breaks. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
