import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kindOf } from '../../src/kinds/followed-kinds.ts';
import { envoyGatewayCrds, envoyGatewayFields } from '../rig/kube/envoy-gateway-crds.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { figure } from './cluster.ts';
import { installEnvoyCrds } from './sluice.ts';
import { TestNamespace } from './test-namespace.ts';

const root = join(import.meta.dirname, '..', '..');

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('admissible');
  await installEnvoyCrds(ns.kube);
});
afterAll(() => ns.close());

test('docs/envoy-gateway-fields.txt has each field of the CRDs: node test/cluster/list-envoy-gateway-fields.ts', async () => {
  const written = readFileSync(join(root, 'docs/envoy-gateway-fields.txt'), 'utf8').split('\n');
  const wanted = envoyGatewayFields(await envoyGatewayCrds()).split('\n');
  expect(wanted.filter((line) => !written.includes(line))).toEqual([]);
  expect(written.filter((line) => !wanted.includes(line))).toEqual([]);
});

/** Manifests that our tests take as valid and the CRDs of Envoy Gateway do not, by the API server's words. */
const excused: readonly (readonly [kind: string, words: RegExp, why: string])[] = [
  ['EnvoyProxy', /Unsupported value/, 'values of a newer release'],
  ['BackendTrafficPolicy', /Unsupported value/, 'values of a newer release'],
  ['EnvoyExtensionPolicy', /Unsupported value/, 'values of a newer release'],
  ['SecurityPolicy', /Unsupported value/, 'values of a newer release'],
  ['SecurityPolicy', /backendRef is not supported/, 'an old form of a reference'],
  ['Backend', /wellKnownCACertificates in body should match/, 'values of a newer release'],
  ['EnvoyExtensionPolicy', /BackendRefs only supports/, 'a mistake that translation names'],
  ['EnvoyExtensionPolicy', /Must have port for Service/, 'a mistake that translation names'],
  [
    'EnvoyExtensionPolicy',
    /Only a reference to an object of kind ConfigMap/,
    'a mistake that translation names',
  ],
  ['EnvoyProxy', /backendRefs? (needs|must|is not)|BackendRefs must/, 'an old form of a reference'],
];

test(
  'the CRDs of Envoy Gateway take each manifest of the feature tests, the docs and the examples that Sluice can read',
  { timeout: 900_000 },
  async () => {
    const manifests = readableOnes([...(await featureManifests()), ...writtenManifests()]);
    const refused: string[] = [];
    const usedExcuses = new Set<unknown>();
    for (const manifest of manifests) {
      const refusal = await ns.kube.refusal(inNamespace(manifest));
      if (refusal === undefined) continue;
      const excuse = excused.find(([kind, words]) => kind === manifest.kind && words.test(refusal));
      if (excuse === undefined) refused.push(`${JSON.stringify(manifest['spec'])}: ${refusal}`);
      usedExcuses.add(excuse);
    }
    figure(`${manifests.length} manifests asked of the API server`);
    expect(refused).toEqual([]);
    expect(excused.filter((excuse) => !usedExcuses.has(excuse))).toEqual([]);
    expect(manifests.length).toBeGreaterThan(100);
  },
);

/** Manifests that the feature tests give to a pipeline, from a run of those that name one of the kinds. */
async function featureManifests(): Promise<Manifest[]> {
  const files = globSync('test/features/*.test.ts', { cwd: root }).filter((file) =>
    /[pP]olicy|routeFilter|envoyProxy|Backend'/.test(readFileSync(join(root, file), 'utf8')),
  );
  const folder = mkdtempSync(join(tmpdir(), 'sluice-manifests-'));
  const recorded = join(folder, 'manifests');
  try {
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'features', ...files];
    const env = { ...process.env, RECORD_MANIFESTS: recorded };
    await once(spawn(process.execPath, args, { cwd: root, env, stdio: 'ignore' }), 'close');
    return readFileSync(recorded, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Manifest);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Manifests of pages and examples. */
function writtenManifests(): Manifest[] {
  const pages = globSync('{docs,examples}/**/*.md', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
      ([, text = '']) => text,
    ),
  );
  const files = globSync('examples/**/*.yaml', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  return [...pages, ...files].flatMap((text) =>
    parseAllDocuments(text).flatMap((document) => {
      const object = document.toJS() as Partial<Manifest> | null;
      return isOfEnvoyGateway(object) ? [object] : [];
    }),
  );
}

function isOfEnvoyGateway(object: Partial<Manifest> | null): object is Manifest {
  return object?.apiVersion?.startsWith('gateway.envoyproxy.io/') === true;
}

/** Leaves out what tests give on purpose to see a condition, and what differs in its name alone. */
function readableOnes(manifests: readonly Manifest[]): Manifest[] {
  const bySpec = new Map(
    manifests.map((manifest) => [JSON.stringify([manifest.kind, manifest['spec']]), manifest]),
  );
  return [...bySpec.values()].filter((manifest) => {
    const parsed = kindOf(manifest.kind)?.parse(manifest);
    return (
      parsed?.kind === 'row' &&
      (parsed.problems ?? []).length === 0 &&
      !('leftOut' in rowIn(parsed.row.bytes))
    );
  });
}

function rowIn(bytes: Uint8Array): object {
  return JSON.parse(Buffer.from(bytes).toString()) as object;
}

/** Gives it the test's namespace, no field that the API server sets, and what the CRDs want and Sluice does without. */
function inNamespace({ apiVersion, kind, metadata, ...rest }: Manifest): Manifest {
  const spec = withGroups(rest['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const provider =
    spec['provider'] === undefined
      ? {}
      : { provider: { type: 'Kubernetes', ...(spec['provider'] as object) } };
  const type = kind === 'EnvoyPatchPolicy' ? { type: 'JSONPatch' } : {};
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: ns.namespace },
    spec: { ...type, ...spec, ...provider },
  };
}

/** Fills in the group of each target and reference that has none. */
function withGroups(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withGroups(item, field));
  if (typeof value !== 'object' || value === null) return value;
  const group = {
    targetRef: 'gateway.networking.k8s.io',
    targetRefs: 'gateway.networking.k8s.io',
    valueRef: '',
  }[field];
  const inner = Object.entries(value).map(([name, part]) => [name, withGroups(part, name)] as const);
  return { ...(group === undefined ? {} : { group }), ...Object.fromEntries(inner) };
}
