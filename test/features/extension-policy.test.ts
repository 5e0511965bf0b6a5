import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { wasmModuleKey } from '../../src/units/extension-name.ts';
import { slotOf } from '../../src/units/filter-slot.ts';
import type { WasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import * as m from '../rig/objects/manifests.ts';
import { PolicyFixture } from '../rig/pipeline/policy-fixture.ts';

const code = { type: 'Image', image: { url: 'registry.test/plugin:v1' } };
const bytes = Buffer.from('\0asm and more');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const since = '2026-01-01T00:00:00.000Z';
const allowed: WasmModuleRow = { state: 'allowed', since, sha256, size: bytes.length };
const first = wasmModuleKey('default', 'plugins', 0);

function fixtureWith(...manifests: readonly object[]): Promise<PolicyFixture> {
  return PolicyFixture.with(manifests, { modules: [bytes] });
}

function routeOf(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });
}

function policy(fields: object = {}, target: object = { kind: 'HTTPRoute', name: 'a' }): object {
  return m.extensionPolicy({ targetRefs: [target], wasm: [{ code, ...fields }] });
}

test('a plugin whose code is not there yet answers 503 on its own routes, and on no other', async () => {
  const fixture = await fixtureWith(routeOf('a'), routeOf('b'), policy());
  expect(fixture.pipeline.modules.get(first)).toEqual({
    source: { kind: 'image', url: 'registry.test/plugin:v1' },
    pullPolicy: 'IfNotPresent',
  });
  expect(fixture.route('a.test')).toEqual({ status: 503, plugins: [] });
  expect(fixture.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(fixture.plugins()).toEqual([]);
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });
  expect(fixture.condition('ResolvedRefs')).toMatchObject({ status: 'False', reason: 'Pending' });
});

test('with failOpen the route is served without the plugin until its code is there', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy({ failOpen: true }));
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [] });
});

test('with its code there the plugin runs on its routes: one listener, the code by ECDS', async () => {
  const fixture = await fixtureWith(routeOf('a'), routeOf('b'), policy());
  await fixture.know(first, allowed);
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: ['wasm/default/plugins/0'] });
  expect(fixture.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(fixture.plugins()).toEqual(['wasm/default/plugins/0']);
  expect(JSON.stringify(fixture.plugin('wasm/default/plugins/0'))).toContain(bytes.toString('base64'));
  expect(fixture.condition('ResolvedRefs')).toMatchObject({ status: 'True' });
});

test('the first plugin of a Gateway changes no listener, and is with a proxy before the routes that run it', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy());
  fixture.client.take();
  await fixture.know(first, allowed);
  const slot = slotOf('plugins', 'default/plugins');
  const log = fixture.client.take().filter((line) => !/^[CE]DS/.test(line));
  expect(log).toEqual([`ECDS ${slot}`, 'VHDS default/web/80:*/a.test']);
});

test('the last plugin of a Gateway stays until proxies have routes without it, and changes no listener', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy());
  await fixture.know(first, allowed);
  fixture.client.take();
  fixture.client.hold('VHDS');
  fixture.pipeline.delete(policy());
  await fixture.pipeline.pass(100);
  expect(fixture.client.take()).toEqual(['VHDS default/web/80:*/a.test']);
  expect(fixture.plugins()).toEqual(['wasm/default/plugins/0']);
  fixture.client.release('VHDS');
  await fixture.pipeline.drain();
  expect(fixture.client.take()).toEqual([`ECDS ${slotOf('plugins', 'default/plugins')}`]);
  expect(fixture.plugins()).toEqual([]);
});

test('a permission that is revoked closes the routes; a registry that is away does not', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy());
  await fixture.know(first, allowed);
  await fixture.know(first, { ...allowed, message: 'no answer', nextAttempt: since });
  expect(fixture.route('a.test').plugins).toHaveLength(1);
  expect(fixture.condition('ResolvedRefs')?.message).toContain('no answer');
  await fixture.know(first, { state: 'denied', since, message: 'UNAUTHORIZED: no' });
  expect(fixture.route('a.test')).toEqual({ status: 503, plugins: [] });
  expect(fixture.condition('ResolvedRefs')).toMatchObject({
    status: 'False',
    reason: 'Denied',
    message: expect.stringContaining('UNAUTHORIZED: no') as unknown,
  });
  expect(fixture.plugins()).toEqual([]);
});

test('a policy of a route takes the place of its Gateway’s', async () => {
  const gateway = m.extensionPolicy(
    { targetRefs: [{ kind: 'Gateway', name: 'web' }], wasm: [{ code }] },
    { name: 'all' },
  );
  const fixture = await fixtureWith(routeOf('a'), routeOf('b'), policy(), gateway);
  await fixture.know(first, allowed);
  await fixture.know(wasmModuleKey('default', 'all', 0), allowed);
  expect(fixture.route('a.test').plugins).toEqual(['wasm/default/plugins/0']);
  expect(fixture.route('b.test').plugins).toEqual(['wasm/default/all/0']);
});

test('what is not supported is said, and its routes answer 500', async () => {
  const module = m.extensionPolicy({
    targetRefs: [{ kind: 'HTTPRoute', name: 'a' }],
    dynamicModule: [{ name: 'm' }],
  });
  const fixture = await fixtureWith(routeOf('a'), module);
  expect(fixture.route('a.test').status).toBe(500);
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('spec.dynamicModule') as unknown,
  });
});

test('a policy that is gone leaves nothing behind', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy());
  await fixture.know(first, allowed);
  fixture.pipeline.delete(policy());
  await fixture.pipeline.drain();
  expect(fixture.pipeline.modules.get(first)).toBeUndefined();
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [] });
  expect(fixture.plugins()).toEqual([]);
});

test('routes beside routes with plugins are rejected by their domain', async () => {
  const fixture = await fixtureWith(routeOf('a'), policy());
  await fixture.know(first, allowed);
  fixture.client.reject = (service, _, rejected) =>
    service === 'VHDS' && Buffer.from(rejected).includes('b.test') ? 'no' : undefined;
  fixture.pipeline.apply(routeOf('b'));
  await fixture.pipeline.drain();
  const rejections = [...(fixture.pipeline.controller.view('default/web')?.rejections() ?? [])];
  expect(rejections).toMatchObject([{ name: 'default/web/80:*/b.test', domain: 'b.test' }]);
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
  const fixture = await PolicyFixture.with([routeOf('a'), routeOf('b'), merging, gateway], {
    modules: [bytes],
    lua: true,
  });
  const ofGateway = ['lua/default/all/0', 'lua/default/all/1', 'wasm/default/all/0'];
  expect(fixture.route('a.test').status).toBe(503);
  await fixture.know(wasmModuleKey('default', 'all', 0), allowed);
  expect(fixture.route('a.test').plugins).toEqual(['lua/default/plugins/0', 'wasm/default/all/0']);
  expect(fixture.route('b.test').plugins).toEqual(ofGateway);
  expect(fixture.condition('Merged')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('default/all') as unknown,
  });
  fixture.pipeline.delete(gateway);
  await fixture.pipeline.drain();
  expect(fixture.route('a.test').plugins).toEqual(['lua/default/plugins/0']);
  expect(fixture.condition('Merged')).toBeUndefined();
});

test('an authority may be in an Opaque Secret, and without one the policy says so', async () => {
  const tls = { caCertificateRef: { name: 'ca' } };
  const image = { url: 'registry.test/plugin:v1', tls };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'ca', namespace: 'default' } };
  const opaque = { ...secret, type: 'Opaque' };
  const fixture = await fixtureWith(routeOf('a'), policy({ code: { type: 'Image', image } }), {
    ...opaque,
    stringData: { other: 'pem' },
  });
  expect(fixture.pipeline.modules.get(first)).toBeUndefined();
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('Secret default/ca does not exist, or has no ca.crt') as unknown,
  });
  expect(fixture.condition('ResolvedRefs')).toMatchObject({ status: 'False', reason: 'Invalid' });
  await fixture.apply({ ...opaque, data: { 'ca.crt': Buffer.from('pem').toString('base64') } });
  expect(fixture.pipeline.modules.get(first)).toMatchObject({ ca: 'pem' });
});

test.each([
  ['code.http.sha256', { code: { type: 'HTTP', http: { url: 'http://files.test/x.wasm' } } }],
  ['env.hostKeys[1]', { code, env: { hostKeys: ['REGION', 'PASSWORD'] } }],
])(
  'a plugin that the operator does not let run is not asked for, and its field is named: %s',
  async (path, fields) => {
    const fixture = await PolicyFixture.with([routeOf('a'), routeOf('b'), policy(fields)], {
      modules: [bytes],
      wasmHostKeys: ['REGION'],
    });
    expect(fixture.pipeline.modules.get(first)).toBeUndefined();
    expect(fixture.route('a.test')).toEqual({ status: 503, plugins: [] });
    expect(fixture.route('b.test').status).toBeUndefined();
    expect(fixture.condition('Accepted')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
      message: expect.stringMatching(`^spec\\.wasm\\[0\\]\\.${RegExp.escape(path)}: `) as string,
    });
  },
);

test('a plugin reads the variables that the operator lets it, and needs no hash over TLS', async () => {
  const env = { hostKeys: ['REGION'] };
  const http = { type: 'HTTP', http: { url: 'https://files.test/x.wasm' } };
  const fixture = await PolicyFixture.with([routeOf('a'), policy({ code: http, env })], {
    modules: [bytes],
    wasmHostKeys: ['REGION'],
  });
  await fixture.know(first, allowed);
  expect(JSON.stringify(fixture.plugin('wasm/default/plugins/0'))).toContain('"hostEnvKeys":["REGION"]');
});
