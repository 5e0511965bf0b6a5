import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@bufbuild/cel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { followedKinds } from '../../src/kinds/followed-kinds.ts';
import { must } from '../../src/lib/assert.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import * as m from '../rig/objects/manifests.ts';

/** The health checks of the examples for Argo CD and Flux, asked about statuses that Sluice has written. */
interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: unknown;
}

interface FluxCheck {
  readonly apiVersion: string;
  readonly kind: string;
  readonly inProgress: string;
  readonly failed: string;
  readonly current: string;
}

const argo = yamlOf('argo-cd/argocd-cm.yaml') as { data: { 'resource.customizations': string } };
const customizations = parse(argo.data['resource.customizations']) as Record<
  string,
  { 'health.lua': string }
>;
const flux = yamlOf('flux/kustomization.yaml') as { spec: { healthCheckExprs: readonly FluxCheck[] } };
const checks = flux.spec.healthCheckExprs;

const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener({ port: 8081 })], { name: 'no-proxy' }),
  m.gateway([{ name: 'https', protocol: 'HTTPS', port: 8443, tls: {} }], { name: 'no-certificate' }),
  m.httpRoute([toService('app')], { name: 'good', hostnames: ['good.test'] }),
  m.httpRoute([toService('none')], { name: 'no-backend', hostnames: ['bad.test'] }),
  cors('good-policy', 'good', { allowOrigins: ['https://shop.test'] }),
  cors('bad-policy', 'no-backend', { maxAge: 'soon' }),
  m.backendObject({ endpoints: [{ ip: { address: '203.0.113.7', port: 80 } }] }, { name: 'outside' }),
  m.backendObject({ endpoints: [] }, { name: 'no-endpoints' }),
];

/** Health by Argo CD, and by Flux, of each `Kind/name`. */
const expected: Readonly<Record<string, readonly [string, string]>> = {
  'GatewayClass/sluice': ['Healthy', 'Current'],
  'Gateway/web': ['Healthy', 'Current'],
  'Gateway/no-proxy': ['Progressing', 'InProgress'],
  'Gateway/no-certificate': ['Degraded', 'Failed'],
  'HTTPRoute/good': ['Healthy', 'Current'],
  'HTTPRoute/no-backend': ['Degraded', 'Failed'],
  'SecurityPolicy/good-policy': ['Healthy', 'Current'],
  'SecurityPolicy/bad-policy': ['Degraded', 'Failed'],
  'Backend/outside': ['Healthy', 'Current'],
  'Backend/no-endpoints': ['Degraded', 'Failed'],
};

function cors(name: string, route: string, settings: object): object {
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route }];
  return m.policy('SecurityPolicy', { targetRefs, cors: settings }, { name });
}

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  rig.apply(manifests);
  await rig.settled();
  await converge(() => rig.condition('Gateway', 'web', 'Programmed')?.status === 'True');
});
afterAll(() => rig.close());

test('each kind with a status has a check for Flux, and both groups have one for Argo CD', () => {
  const kinds = followedKinds.filter(({ group }) => group.startsWith('gateway.'));
  const withStatus = kinds.filter(({ status }) => status !== undefined);
  const names = checks.map(({ apiVersion, kind }) => `${apiVersion.split('/')[0]}/${kind}`);
  expect(names.sort()).toEqual(withStatus.map(({ group, kind }) => `${group}/${kind}`).sort());
  const groups = new Set(kinds.map(({ group }) => `${group}/*`));
  expect(Object.keys(customizations).sort()).toEqual([...groups].sort());
  expect(new Set(Object.values(customizations).map((one) => one['health.lua'])).size).toBe(1);
  const without = kinds.filter(({ status }) => status === undefined).map(({ kind }) => `${kind} = true`);
  expect(without.filter((word) => !script().includes(word))).toEqual([]);
});

test('an object is healthy when it is in force, and degraded when its status says what is wrong', async () => {
  const subjects = new Map(Object.keys(expected).map((name) => [name, subject(name)] as const));
  const argoSays = await healthByLua(subjects);
  const both = [...subjects].map(([name, one]) => [name, [argoSays.get(name), healthByCel(one)]]);
  expect(Object.fromEntries(both)).toEqual(expected);
});

test('an edit is in progress until the status is of its generation, be the old one good or bad', async () => {
  const edited = new Map(
    Object.keys(expected).map((name) => {
      const one = subject(name);
      return [name, { ...one, metadata: { ...one.metadata, generation: one.metadata.generation + 1 } }];
    }),
  );
  expect(new Set((await healthByLua(edited)).values())).toEqual(new Set(['Progressing']));
  expect(new Set([...edited.values()].map(healthByCel))).toEqual(new Set(['InProgress']));
});

test('an object without a status waits for one, and a kind that has none is healthy', async () => {
  const { status: _, ...fresh } = subject('HTTPRoute/good');
  const filter = { ...fresh, kind: 'HTTPRouteFilter' };
  expect(Object.fromEntries(await healthByLua(new Map(Object.entries({ fresh, filter }))))).toEqual({
    fresh: 'Progressing',
    filter: 'Healthy',
  });
});

function subject(name: string): Subject {
  const [kind = '', own = ''] = name.split('/');
  const namespace = kind === 'GatewayClass' ? '' : 'default';
  const manifest = manifests.find((one) => {
    const { kind: its, metadata } = one as Subject;
    return its === kind && metadata.name === own;
  });
  const { apiVersion, metadata } = (manifest ?? m.gateway([])) as Subject;
  return { apiVersion, kind, metadata, status: rig.controller.status(resourceKey(kind, namespace, own)) };
}

function healthByCel(object: Subject): string {
  const check = must(
    checks.find(({ kind }) => kind === object.kind),
    'check',
  );
  const fields = numbersAsInts(object) as Record<string, never>;
  if (run(check.inProgress, fields) === true) return 'InProgress';
  if (run(check.failed, fields) === true) return 'Failed';
  return run(check.current, fields) === true ? 'Current' : 'InProgress';
}

/** As Kubernetes has them: a generation is no floating-point number. */
function numbersAsInts(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(numbersAsInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, numbersAsInts(inner)]));
}

/** Envoy has the Lua of Argo CD, 5.1, and runs the script here. Argo CD gives it the basic functions and `table` alone. */
async function healthByLua(objects: ReadonlyMap<string, Subject>): Promise<ReadonlyMap<string, string>> {
  const entries = [...objects].map(([name, object]) => `[${luaOf(name)}] = ${luaOf(object)}`);
  const inline = [
    `local function health(obj)\nlocal string, math, os = nil, nil, nil\n${script()}\nend`,
    `local objects = {${entries.join(',\n')}}`,
    'function envoy_on_request(handle)',
    '  local found = health(objects[handle:headers():get("x-object")])',
    '  handle:respond({[":status"] = "200"}, found.status)',
    'end',
  ].join('\n');
  const targetRefs = [{ kind: 'HTTPRoute', name: 'good' }];
  const policy = m.extensionPolicy({ targetRefs, lua: [{ inline }] }, { name: 'health' });
  rig.apply([policy]);
  await rig.settled();
  const found = new Map<string, string>();
  for (const name of objects.keys()) {
    const headers = { 'x-object': name };
    await converge(async () => {
      const { status, body } = await rig.send('good', { headers });
      expect([status, body]).toEqual([200, expect.stringMatching(/^\w+$/)]);
      found.set(name, body);
    });
  }
  rig.apply([], [policy]);
  await rig.settled();
  return found;
}

function script(): string {
  return must(Object.values(customizations)[0], 'customization')['health.lua'];
}

function luaOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields.map(([name, inner]) => `[${JSON.stringify(name)}] = ${luaOf(inner)}`).join(', ')}}`;
}

function yamlOf(file: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, '../../examples', file), 'utf8'));
}
