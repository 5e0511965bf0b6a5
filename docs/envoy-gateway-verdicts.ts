import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { BackendTrafficPolicyRow } from '../src/kinds/envoy-gateway/backend-traffic-policy.ts';
import { kindOf } from '../src/kinds/followed-kinds.ts';
import type { KindDef } from '../src/kinds/kind-def.ts';
import type { Problem } from '../src/kinds/row.ts';
import { leftOutOf } from '../src/translate/policies/traffic/left-out.ts';
import { differences, onPurpose, unreadEffect } from './envoy-gateway-differences.ts';
import { leftOut } from './left-out.ts';
import { fieldsOf } from './schema-fields.ts';

/** A line of `envoy-gateway-fields.txt`: a leaf of `spec` in a CRD of Envoy Gateway. */
export interface ListedField {
  readonly kind: string;
  /** As in {@link fieldsOf}. */
  readonly path: string;
  readonly type: string;
  readonly values: readonly string[];
}

const lines = readFileSync(join(import.meta.dirname, 'envoy-gateway-fields.txt'), 'utf8')
  .trim()
  .split('\n');

/** Release of Envoy Gateway that the list is of. */
export const [listedRelease = ''] = lines;

export const listedFields: readonly ListedField[] = lines.slice(1).map((line) => {
  const [kind = '', path = '', type = '', values] = line.split(' ');
  return { kind, path, type, values: values?.split('|') ?? [] };
});

export interface Verdict {
  readonly is: 'same' | 'different' | 'on purpose' | 'not yet';
  readonly how: string;
}

/** Says how Sluice treats a field of Envoy Gateway: by its schemas, and by the tables of reasons. */
export function verdictOf(field: ListedField): Verdict {
  const { kind, path } = field;
  const def = kindOf(kind);
  if (def === undefined || !('schema' in def)) return { is: 'not yet', how: 'the kind is not followed' };
  const purpose = onPurpose.find(([name]) => isWithin(path.slice(path.indexOf(name)), name));
  if (purpose !== undefined) return { is: 'on purpose', how: purpose[1] };
  const reason = longest(reasonsOf(kind), path);
  if (reason !== undefined) return { is: 'not yet', how: reason };
  if (!isRead(def, path) || isRefused(def, field)) return { is: 'not yet', how: effectOfUnread(kind) };
  const difference = longest(differences[kind] ?? [], path);
  const unknown = field.values.filter((value) => !isTaken(def, field, value));
  const missing =
    unknown.length === 0 ? [] : [`without ${unknown.map((value) => `\`${value}\``).join(', ')}`];
  const how = [...(difference === undefined ? [] : [difference]), ...missing].join('; ');
  return { is: how === '' ? 'same' : 'different', how };
}

/** Reasons of `left-out.ts` that name fields by their paths; other entries are about values and references. */
export function reasonsOf(kind: string): (readonly [field: string, reason: string])[] {
  return (leftOut[kind] ?? []).flatMap(([fields, reason]) => {
    if (fields === everythingElse)
      return unique(listedFields.filter((field) => field.kind === kind).map(({ path }) => topOf(path)))
        .filter((top) => !top.startsWith('target'))
        .map((top) => [top, reason] as const);
    const paths = fields.split(', ');
    return paths.every((path) => /^[\w.[\]]+$/.test(path))
      ? paths.map((path) => [path, reason] as const)
      : [];
  });
}

/** Entry of policies that are followed as far as their targets. */
export const everythingElse = 'everything but the targets';

function topOf(path: string): string {
  return path.split('.')[1]?.replace(/\W+$/, '') ?? '';
}

function longest(entries: readonly (readonly [string, string])[], path: string): string | undefined {
  const found = entries.filter(([field]) => isWithin(path, `spec.${field}`));
  return found.sort(([a], [b]) => b.length - a.length)[0]?.[1];
}

/** Returns true for the field itself, and for one below it. */
export function isWithin(path: string, field: string): boolean {
  return path.startsWith(field) && (path.length === field.length || /[.[{]/.test(path[field.length] ?? ''));
}

function effectOfUnread(kind: string): string {
  const other = (leftOut[kind] ?? []).find(([fields]) => fields.startsWith('every other field'));
  return other?.[1] ?? unreadEffect[kind] ?? 'the object names it in a condition';
}

/** Lists the leaves of a schema as the CRDs write them. */
export function readPaths(def: KindDef): string[] {
  const { schema } = def as unknown as { readonly schema: z.ZodType };
  return fieldsOf(schema).map(({ path }) => path.replaceAll('{}', ''));
}

function isRead(def: KindDef, path: string): boolean {
  const listed = path.replaceAll('{}', '');
  return readPaths(def).some((own) => isWithin(listed, own) || isWithin(own, listed));
}

/** Fields that a schema reads only to say that they are not supported. */
function isRefused(def: KindDef, { path, type }: ListedField): boolean {
  const { leftOut: named, problems } = parsed(def, path, samples[type] ?? 'a');
  const own = ownPath(path);
  return (
    named.some((field) => isWithin(own, field)) ||
    problems.some(({ path: at, message }) => isWithin(own, at) && message.includes('not supported'))
  );
}

const samples: Readonly<Record<string, unknown>> = {
  integer: 7,
  number: 7,
  boolean: true,
  object: { a: 'a' },
  array: ['a'],
};

function isTaken(def: KindDef, { path, type }: ListedField, value: string): boolean {
  const { problems, ineffective } = parsed(def, path, type === 'integer' ? Number(value) : value);
  const own = ownPath(path);
  return !problems.some((problem) => problem.path === own) && !ineffective.includes(`${own} ${value}`);
}

interface Parsed {
  readonly problems: readonly Problem[];
  readonly leftOut: readonly string[];
  readonly ineffective: readonly string[];
}

/** Reads an object that has this field alone. */
function parsed(def: KindDef, path: string, value: unknown): Parsed {
  const spec = nested(path.split('.').slice(1), value);
  const result = def.parse({ metadata: { name: 'a', namespace: 'a' }, spec });
  if (result.kind !== 'row') throw new Error(`${def.kind} ${path}: not a row`);
  const row = JSON.parse(Buffer.from(result.row.bytes).toString()) as Row;
  const ofSpec = (row.spec?.leftOut ?? []).map((field) => `spec.${field}`);
  return {
    problems: result.problems ?? [],
    leftOut: [...(row.leftOut ?? []), ...ofSpec],
    ineffective: ineffectiveOf[def.kind]?.(row) ?? [],
  };
}

interface Row {
  readonly leftOut?: readonly string[];
  readonly spec?: { readonly leftOut?: readonly string[] };
}

/** Values that a schema reads and translation names as not supported. */
const ineffectiveOf: Readonly<Record<string, (row: object) => string[]>> = {
  BackendTrafficPolicy: (row) => leftOutOf(row as BackendTrafficPolicyRow),
};

function ownPath(path: string): string {
  return path.replaceAll('[]', '[0]').replaceAll('{}', '.a');
}

function nested([name = '', ...rest]: readonly string[], value: unknown): unknown {
  const inner = rest.length === 0 ? value : nested(rest, value);
  if (name.endsWith('[]')) return { [name.slice(0, -2)]: [inner] };
  return name.endsWith('{}') ? { [name.slice(0, -2)]: { a: inner } } : { [name]: inner };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
