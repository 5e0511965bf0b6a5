import type { z } from 'zod';
import { expect, test } from 'vitest';
import { fieldsOf } from '../../docs/schema-fields.ts';
import { unknownFields } from '../../src/file/unknown-fields.ts';
import { kindTable } from '../../src/kinds/kind-table.ts';
import { knownFields } from './known-fields.ts';

test('the list of fields follows from the CRDs and the types of Kubernetes: node test/cases/known-fields.ts', () => {
  const { written, wanted } = knownFields();
  expect(written).toBe(wanted);
});

const listed = [...new Set(knownFields().wanted.match(/^\w+$/gm) ?? [])].filter((kind) => kind in kindTable);

test.each(listed)('each field that the schema of %s reads is a known field', (kind) => {
  const def = kindTable[kind as keyof typeof kindTable];
  if (!('schema' in def)) return;
  const paths = fieldsOf(def.schema as z.ZodType).map(({ path }) => path);
  const found = paths.flatMap((path) => unknownFields(kind, nested(path.split('.'))));
  expect(found.map((problem) => `${kind} ${problem.path}`).filter((path) => !shared.test(path))).toEqual([]);
});

/** Parts of schemas that kinds share, of fields that only the others have. */
const shared =
  /^EnvoyPatchPolicy spec\.target(Refs|Selectors|Ref\.sectionName)$|^EnvoyProxy .*envoyDaemonSet\.initContainers$/;

/** Paths of known fields, as names from the object down. */
const paths = pathsOf(knownFields().wanted).filter(([kind = '']) => kind in kindTable);

test('a known field with two letters exchanged is unknown, and its name or that of a neighbour is meant', () => {
  for (const [kind = '', ...path] of paths) {
    const name = path.at(-1) ?? '';
    const neighbours = namesBeside([kind, ...path]);
    // `ip` and `pi` have nothing in common to go by.
    const wrong = `${name.slice(0, -2)}${name.slice(-1)}${name.slice(-2, -1)}`;
    if (name.length < 4 || neighbours.has(wrong) || wrong === name) continue;
    const found = unknownFields(kind, nested([...path.slice(0, -1), wrong]));
    expect(found, [kind, ...path].join(' ')).toHaveLength(1);
    expect(found[0]?.path).toBe([...path.slice(0, -1), wrong].join('.'));
    const meant = /did you mean (\w+)\?$/.exec(found[0]?.message ?? '')?.[1] ?? '';
    expect([...neighbours, 'apiVersion', 'kind', 'metadata', 'status'], found[0]?.message).toContain(meant);
  }
  expect(paths.length).toBeGreaterThan(3000);
});

test('a field in the wrong place is sent to the right one', () => {
  expect(unknownFields('HTTPRoute', { spec: { backendRefs: [] } })).toEqual([
    { path: 'spec.backendRefs', message: 'is not a field here and has no effect: it belongs in spec.rules' },
  ]);
  expect(unknownFields('Service', { annotations: {} })[0]?.message).toMatch(/it belongs in metadata$/);
});

test.each([
  ['keys of maps are the user’s', 'ConfigMap', { data: { anything: '' }, metadata: { labels: { a: 'b' } } }],
  ['a null is absent', 'HTTPRoute', { spec: { hostname: null } }],
  ['a status is the API server’s', 'HTTPRoute', { status: { anything: 1 } }],
  ['other kinds are not looked into', 'CustomResourceDefinition', { spec: { anything: 1 } }],
  ['a wrong type is the schema’s to name', 'HTTPRoute', { spec: { hostnames: { a: 1 } } }],
])('%s', (_title, kind, object) => {
  expect(unknownFields(kind, object)).toEqual([]);
});

test('an object full of unknown fields has a bounded number of problems', () => {
  const spec = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, i]));
  expect(unknownFields('HTTPRoute', { spec })).toHaveLength(16);
});

function nested([name = '', ...rest]: readonly string[]): unknown {
  const inner = rest.length === 0 ? 1 : nested(rest);
  if (name.includes('{}')) return { [name.replace(/(?:\[\])?\{\}/, '')]: {} };
  return name.endsWith('[]') ? { [name.slice(0, -2)]: [inner] } : { [name]: inner };
}

function pathsOf(text: string): string[][] {
  const found: string[][] = [];
  const open: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const name = line.trim().replace(' *', '');
    open.length = line.search(/\S/);
    open.push(name);
    if (open.length > 1) found.push([...open]);
  }
  return found;
}

function namesBeside(path: readonly string[]): Set<string> {
  const parent = path.slice(0, -1).join('.');
  return (beside ??= byParent()).get(parent) ?? new Set();
}

let beside: Map<string, Set<string>> | undefined;

function byParent(): Map<string, Set<string>> {
  const groups = Map.groupBy(paths, (path) => path.slice(0, -1).join('.'));
  return new Map(
    [...groups].map(([parent, below]) => [parent, new Set(below.map((path) => path.at(-1) ?? ''))]),
  );
}
