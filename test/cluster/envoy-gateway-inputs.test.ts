import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments, YAMLParseError } from 'yaml';
import { parseObject } from '../../src/kinds/door.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { envoyGatewayFolder } from '../rig/kube/envoy-gateway-crds.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { controllerName } from '../rig/pipeline/memory-reader.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { figure } from './cluster.ts';

/**
 * Manifests of Envoy Gateway's own module, read where Go keeps it: its examples, and the inputs of its translator's tests,
 * which have the expected statuses beside them. Nothing of them is part of this repository.
 */

let folder: string;

beforeAll(async () => {
  folder = await envoyGatewayFolder();
});

/** Lists may be null, as Go writes empty ones. */
interface Status {
  readonly conditions: readonly Condition[] | null;
  readonly ancestors: readonly { readonly conditions: readonly Condition[] }[] | null;
  readonly parents: readonly { readonly conditions: readonly Condition[] }[] | null;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

test(
  'each example of Envoy Gateway can be read, and what is not supported is named',
  { timeout: 300_000 },
  async () => {
    const files = globSync('examples/kubernetes/**/*.yaml', { cwd: folder }).sort();
    const named = new Map<string, string[]>();
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8');
      const objects = parseAllDocuments(text).map((document) => document.toJS() as unknown);
      const statuses = await statusesOf(objects.filter(isManifest));
      for (const field of [...statuses.values()].flat().flatMap(notSupported))
        named.set(field, [...(named.get(field) ?? []), file]);
    }
    for (const [field, inFiles] of sorted(named)) figure(`examples: ${field}: ${inFiles.join(', ')}`);
    expect(files.length).toBeGreaterThan(20);
  },
);

test(
  'each input of the tests of Envoy Gateway can be read; its statuses beside ours',
  { timeout: 900_000 },
  async () => {
    const files = globSync('internal/gatewayapi/testdata/*.in.yaml', { cwd: folder }).sort();
    const verdicts = new Map<string, number>();
    const fields = new Map<string, number>();
    const lines: string[] = [];
    for (const file of files) {
      const objects = objectsIn(read(file));
      const expected = objectsIn(read(file.replace('.in.', '.out.')));
      const statuses = await statusesOf(objects);
      for (const policy of expected.filter(({ kind }) => kind.endsWith('Policy'))) {
        const own = statuses.get(nameOf(policy)) ?? [];
        for (const field of own.flatMap(notSupported)) count(fields, `${policy.kind}: ${field}`);
        const verdict = `${policy.kind}: ${acceptance(conditionsIn(policy['status']))} there, ${acceptance(own)} here`;
        count(verdicts, verdict);
        if (verdict.includes('True there, False') || verdict.includes('False there, True'))
          lines.push(`${verdict}: ${file.split('/').at(-1)}: ${own.find(isAcceptance)?.message}`);
      }
    }
    for (const line of lines) figure(line);
    for (const [verdict, times] of sorted(verdicts)) figure(`${verdict}: ${times}`);
    for (const [field, times] of sorted(fields)) figure(`not supported, ${field}: ${times}`);
    expect(files.length).toBeGreaterThan(500);
  },
);

function sorted<T>(byName: ReadonlyMap<string, T>): [string, T][] {
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Go's YAML takes more than the standard has: what cannot be read holds nothing. */
function read(file: string): unknown {
  try {
    return parse(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    if (error instanceof YAMLParseError) return {};
    throw error;
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Conditions by object, of a Sluice that has these objects alone. */
async function statusesOf(objects: readonly Manifest[]): Promise<Map<string, Condition[]>> {
  const followed = [...classesOf(objects), ...gatewaysOf(objects), ...objects.map(withController)].filter(
    (object) => {
      const parsed = parseObject(object);
      // Some names are none that an API server takes.
      const problems = parsed.kind === 'invalid' ? parsed.problems : [];
      expect(problems.filter(({ path }) => !path.startsWith('metadata.name'))).toEqual([]);
      return parsed.kind === 'row';
    },
  );
  const pipeline = await Pipeline.started(followed, { settings: { lua: true } });
  const statuses = followed.map((object): [string, Condition[]] => {
    const { kind, metadata } = object;
    const status = pipeline.controller.status(resourceKey(kind, metadata.namespace ?? '', metadata.name));
    return [nameOf(object), conditionsIn(status)];
  });
  await pipeline.close();
  return new Map(statuses);
}

/** A class for Gateways whose class is not among the objects, with the EnvoyProxy that stands for all. */
function classesOf(objects: readonly Manifest[]): Manifest[] {
  const names = new Set(
    objects.map(({ spec }) => (spec as { gatewayClassName?: string } | undefined)?.gatewayClassName),
  );
  const missing = [...names].filter(
    (name) =>
      name !== undefined &&
      !objects.some(({ kind, metadata }) => kind === 'GatewayClass' && metadata.name === name),
  );
  return missing.map((name) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: name ?? '' },
    spec: { controllerName },
  }));
}

/** A Gateway for a class without one: it shows what of the class's EnvoyProxy is not supported. */
function gatewaysOf(objects: readonly Manifest[]): Manifest[] {
  const [className] = objects.flatMap(({ kind, metadata }) =>
    kind === 'GatewayClass' ? [metadata.name] : [],
  );
  if (className === undefined || objects.some(({ kind }) => kind === 'Gateway')) return [];
  const metadata = { name: 'of-class', namespace: 'default' };
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata,
      spec: { gatewayClassName: className, listeners },
    },
  ];
}

function withController(object: Manifest): Manifest {
  return object.kind === 'GatewayClass'
    ? { ...object, spec: { ...(object['spec'] as object), controllerName } }
    : object;
}

/** Objects in lists of any names, which is how the inputs of those tests have them. */
function objectsIn(document: unknown): Manifest[] {
  return Object.values(document as Readonly<Record<string, unknown>>)
    .flat()
    .filter(isManifest);
}

function isManifest(object: unknown): object is Manifest {
  const given = object as Partial<Manifest> | null | undefined;
  return given?.kind !== undefined && given.apiVersion !== undefined && given.metadata?.name !== undefined;
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function conditionsIn(status: unknown): Condition[] {
  const { conditions, ancestors, parents } = (status ?? {}) as Partial<Status>;
  const entries = [...(ancestors ?? []), ...(parents ?? [])];
  return [...(conditions ?? []), ...entries.flatMap((entry) => entry.conditions)];
}

function isAcceptance({ type }: Condition): boolean {
  return type === 'Accepted';
}

function acceptance(conditions: readonly Condition[]): string {
  const found = new Set(conditions.filter(isAcceptance).map(({ status }) => status));
  if (found.size === 0) return 'no status';
  return found.has('False') ? 'False' : 'True';
}

/** Fields that a condition names as not supported. */
function notSupported({ message }: Condition): string[] {
  const listed = /without what is not supported: ([^;]*)/.exec(message)?.[1]?.split(', ') ?? [];
  const refused = [...message.matchAll(/(spec\.[^:;,\s]+): is not supported/g)].map(
    ([, field = '']) => field,
  );
  return [...listed, ...refused].map((field) => field.replaceAll(/\[\d+\]/g, '[]'));
}
