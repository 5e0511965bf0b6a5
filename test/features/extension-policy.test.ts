import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { wasmModuleKey } from '../../src/units/extension-name.ts';
import { slotOf } from '../../src/units/filter-slot.ts';
import type { WasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import * as m from '../rig/objects/manifests.ts';
import { PolicyScene } from '../rig/pipeline/policy-scene.ts';

const code = { type: 'Image', image: { url: 'registry.test/plugin:v1' } };
const bytes = Buffer.from('\0asm and more');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const since = '2026-01-01T00:00:00.000Z';
const allowed: WasmModuleRow = { state: 'allowed', since, sha256, size: bytes.length };
const first = wasmModuleKey('default', 'plugins', 0);

function sceneWith(...manifests: readonly object[]): Promise<PolicyScene> {
  return PolicyScene.with(manifests, { modules: [bytes] });
}

function routeOf(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });
}

function policy(fields: object = {}, target: object = { kind: 'HTTPRoute', name: 'a' }): object {
  return m.extensionPolicy({ targetRefs: [target], wasm: [{ code, ...fields }] });
}

test('a plugin whose code is not there yet answers 503 on its own routes, and on no other', async () => {
  const scene = await sceneWith(routeOf('a'), routeOf('b'), policy());
  expect(scene.pipeline.modules.get(first)).toEqual({
    source: { kind: 'image', url: 'registry.test/plugin:v1' },
    pullPolicy: 'IfNotPresent',
  });
  expect(scene.route('a.test')).toEqual({ status: 503, plugins: [] });
  expect(scene.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(scene.plugins()).toEqual([]);
  expect(scene.condition('Accepted')).toMatchObject({ status: 'True' });
  expect(scene.condition('ResolvedRefs')).toMatchObject({ status: 'False', reason: 'Pending' });
});

test('with failOpen the route is served without the plugin until its code is there', async () => {
  const scene = await sceneWith(routeOf('a'), policy({ failOpen: true }));
  expect(scene.route('a.test')).toEqual({ status: undefined, plugins: [] });
});

test('with its code there the plugin runs on its routes: one listener, the code by ECDS', async () => {
  const scene = await sceneWith(routeOf('a'), routeOf('b'), policy());
  await scene.know(first, allowed);
  expect(scene.route('a.test')).toEqual({ status: undefined, plugins: ['wasm/default/plugins/0'] });
  expect(scene.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(scene.plugins()).toEqual(['wasm/default/plugins/0']);
  expect(JSON.stringify(scene.plugin('wasm/default/plugins/0'))).toContain(bytes.toString('base64'));
  expect(scene.condition('ResolvedRefs')).toMatchObject({ status: 'True' });
});

test('the first plugin of a Gateway changes no listener, and is with a proxy before the routes that run it', async () => {
  const scene = await sceneWith(routeOf('a'), policy());
  scene.client.take();
  await scene.know(first, allowed);
  const slot = slotOf('plugins', 'default/plugins');
  const log = scene.client.take().filter((line) => !/^[CE]DS/.test(line));
  expect(log).toEqual([`ECDS ${slot}`, 'RDS default/web/80']);
});

test('the last plugin of a Gateway stays until proxies have routes without it, and changes no listener', async () => {
  const scene = await sceneWith(routeOf('a'), policy());
  await scene.know(first, allowed);
  scene.client.take();
  scene.client.hold('RDS');
  scene.pipeline.delete(policy());
  await scene.pipeline.pass(100);
  expect(scene.client.take()).toEqual(['RDS default/web/80']);
  expect(scene.plugins()).toEqual(['wasm/default/plugins/0']);
  scene.client.release('RDS');
  await scene.pipeline.drain();
  expect(scene.client.take()).toEqual([`ECDS ${slotOf('plugins', 'default/plugins')}`]);
  expect(scene.plugins()).toEqual([]);
});

test('a permission that is revoked closes the routes; a registry that is away does not', async () => {
  const scene = await sceneWith(routeOf('a'), policy());
  await scene.know(first, allowed);
  await scene.know(first, { ...allowed, message: 'no answer', nextAttempt: since });
  expect(scene.route('a.test').plugins).toHaveLength(1);
  expect(scene.condition('ResolvedRefs')?.message).toContain('no answer');
  await scene.know(first, { state: 'denied', since, message: 'UNAUTHORIZED: no' });
  expect(scene.route('a.test')).toEqual({ status: 503, plugins: [] });
  expect(scene.condition('ResolvedRefs')).toMatchObject({
    status: 'False',
    reason: 'Denied',
    message: expect.stringContaining('UNAUTHORIZED: no') as unknown,
  });
  expect(scene.plugins()).toEqual([]);
});

test('a policy of a route takes the place of its Gateway’s', async () => {
  const gateway = m.extensionPolicy(
    { targetRefs: [{ kind: 'Gateway', name: 'web' }], wasm: [{ code }] },
    { name: 'all' },
  );
  const scene = await sceneWith(routeOf('a'), routeOf('b'), policy(), gateway);
  await scene.know(first, allowed);
  await scene.know(wasmModuleKey('default', 'all', 0), allowed);
  expect(scene.route('a.test').plugins).toEqual(['wasm/default/plugins/0']);
  expect(scene.route('b.test').plugins).toEqual(['wasm/default/all/0']);
});

test('what is not supported is said, and its routes answer 500', async () => {
  const module = m.extensionPolicy({
    targetRefs: [{ kind: 'HTTPRoute', name: 'a' }],
    dynamicModule: [{ name: 'm' }],
  });
  const scene = await sceneWith(routeOf('a'), module);
  expect(scene.route('a.test').status).toBe(500);
  expect(scene.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('spec.dynamicModule') as unknown,
  });
});

test('a policy that is gone leaves nothing behind', async () => {
  const scene = await sceneWith(routeOf('a'), policy());
  await scene.know(first, allowed);
  scene.pipeline.delete(policy());
  await scene.pipeline.drain();
  expect(scene.pipeline.modules.get(first)).toBeUndefined();
  expect(scene.route('a.test')).toEqual({ status: undefined, plugins: [] });
  expect(scene.plugins()).toEqual([]);
});

test('routes beside routes with plugins are refused by their domain', async () => {
  const scene = await sceneWith(routeOf('a'), policy());
  await scene.know(first, allowed);
  scene.client.refuse = (service, _, refused) =>
    service === 'RDS' && Buffer.from(refused).includes('b.test') ? 'no' : undefined;
  scene.pipeline.apply(routeOf('b'));
  await scene.pipeline.drain();
  const refusals = [...(scene.pipeline.controller.view('default/web')?.rejections() ?? [])];
  expect(refusals).toMatchObject([{ name: scene.client.names('RDS')[0], domain: 'b.test' }]);
});

test('a policy with a mergeType takes the lists that it does not have from its Gateway’s', async () => {
  const script = { inline: 'function envoy_on_request(handle) end' };
  const gateway = m.extensionPolicy(
    { targetRefs: [{ kind: 'Gateway', name: 'web' }], wasm: [{ code }], lua: [script, script] },
    { name: 'all' },
  );
  const merging = m.extensionPolicy({
    targetRefs: [{ kind: 'HTTPRoute', name: 'a' }],
    mergeType: 'StrategicMerge',
    lua: [script],
  });
  const scene = await PolicyScene.with([routeOf('a'), routeOf('b'), merging, gateway], {
    modules: [bytes],
    lua: true,
  });
  const ofGateway = ['lua/default/all/0', 'lua/default/all/1', 'wasm/default/all/0'];
  expect(scene.route('a.test').status).toBe(503);
  await scene.know(wasmModuleKey('default', 'all', 0), allowed);
  expect(scene.route('a.test').plugins).toEqual(['lua/default/plugins/0', 'wasm/default/all/0']);
  expect(scene.route('b.test').plugins).toEqual(ofGateway);
  expect(scene.condition('Merged')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('default/all') as unknown,
  });
  scene.pipeline.delete(gateway);
  await scene.pipeline.drain();
  expect(scene.route('a.test').plugins).toEqual(['lua/default/plugins/0']);
  expect(scene.condition('Merged')).toBeUndefined();
});

test('an authority in an Opaque Secret is not read, and the policy says what to do', async () => {
  const tls = { caCertificateRef: { name: 'ca' } };
  const image = { url: 'registry.test/plugin:v1', tls };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'ca', namespace: 'default' } };
  const data = { 'tls.crt': '', 'tls.key': '', 'ca.crt': Buffer.from('pem').toString('base64') };
  const scene = await sceneWith(routeOf('a'), policy({ code: { type: 'Image', image } }), {
    ...secret,
    type: 'Opaque',
    data,
  });
  expect(scene.pipeline.modules.get(first)).toBeUndefined();
  expect(scene.condition('Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('Opaque Secrets are not read, use a ConfigMap') as unknown,
  });
  expect(scene.condition('ResolvedRefs')).toMatchObject({ status: 'False', reason: 'Invalid' });
  await scene.apply({ ...secret, type: 'kubernetes.io/tls', data });
  expect(scene.pipeline.modules.get(first)).toMatchObject({ ca: 'pem' });
});

test.each([
  ['code.http.sha256', { code: { type: 'HTTP', http: { url: 'http://files.test/x.wasm' } } }],
  ['env.hostKeys[1]', { code, env: { hostKeys: ['REGION', 'PASSWORD'] } }],
])(
  'a plugin that the operator does not let run is not asked for, and its field is named: %s',
  async (path, fields) => {
    const scene = await PolicyScene.with([routeOf('a'), routeOf('b'), policy(fields)], {
      modules: [bytes],
      wasmHostKeys: ['REGION'],
    });
    expect(scene.pipeline.modules.get(first)).toBeUndefined();
    expect(scene.route('a.test')).toEqual({ status: 503, plugins: [] });
    expect(scene.route('b.test').status).toBeUndefined();
    expect(scene.condition('Accepted')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
      message: expect.stringMatching(`^spec\\.wasm\\[0\\]\\.${RegExp.escape(path)}: `) as string,
    });
  },
);

test('a plugin reads the variables that the operator lets it, and needs no hash over TLS', async () => {
  const env = { hostKeys: ['REGION'] };
  const http = { type: 'HTTP', http: { url: 'https://files.test/x.wasm' } };
  const scene = await PolicyScene.with([routeOf('a'), policy({ code: http, env })], {
    modules: [bytes],
    wasmHostKeys: ['REGION'],
  });
  await scene.know(first, allowed);
  expect(JSON.stringify(scene.plugin('wasm/default/plugins/0'))).toContain('"hostEnvKeys":["REGION"]');
});
