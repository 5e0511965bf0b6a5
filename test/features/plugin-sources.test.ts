import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { wasmModuleKey } from '../../src/units/extension-name.ts';
import { resourceKey } from '../../src/lib/key.ts';
import type { WasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import * as m from '../rig/objects/manifests.ts';
import { PolicyFixture } from '../rig/pipeline/policy-fixture.ts';

/** Gateway `default/web` belongs to the platform team; namespace `tenant` attaches a route with plugins. */
const bytes = Buffer.from('\0asm and more');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const allowed: WasmModuleRow = {
  state: 'allowed',
  since: '2026-01-01T00:00:00.000Z',
  sha256,
  size: bytes.length,
};
const module = wasmModuleKey('tenant', 'plugins', 0);
const code = { type: 'Image', image: { url: 'registry.test/plugin:v1' } };
const wasm = [{ code }];
const lua = [{ type: 'Inline', inline: 'function envoy_on_request(handle) end' }];
const extProc = [{ backendRefs: [{ name: 'app', port: 80 }] }];

function gateway(pluginsFrom?: unknown): object {
  const made = m.gateway([m.httpListener({ allowedRoutes: { namespaces: { from: 'All' } } })]) as {
    metadata: object;
  };
  const annotations = pluginsFrom === undefined ? {} : { 'sluice.dev/plugins-from': pluginsFrom };
  return { ...made, metadata: { ...made.metadata, annotations } };
}

function routeOf(namespace: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], {
    name: 'route',
    namespace,
    hostnames: [`${namespace}.test`],
    parentRefs: [{ name: 'web', namespace: 'default' }],
  });
}

function policy(spec: object, namespace = 'tenant'): object {
  return m.extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'route' }], ...spec }, { namespace });
}

async function fixtureWith(...manifests: readonly object[]): Promise<PolicyFixture> {
  const backend = m.service('app', { namespace: 'tenant' });
  const fixture = await PolicyFixture.with([routeOf('tenant'), routeOf('default'), backend, ...manifests], {
    lua: true,
    modules: [bytes],
  });
  await fixture.know(module, allowed);
  await fixture.know(wasmModuleKey('default', 'plugins', 0), allowed);
  return fixture;
}

test.each<[string, object, string]>([
  ['WASM plugins', { wasm }, 'wasm/tenant/plugins/0'],
  ['scripts', { lua }, 'lua/tenant/plugins/0'],
])(
  '%s of another namespace run where the owner of the Gateway names it, and nowhere else',
  async (_, spec, plugin) => {
    const fixture = await fixtureWith(gateway(), policy(spec), policy(spec, 'default'));
    expect(fixture.route('tenant.test')).toEqual({ status: 500, plugins: [] });
    expect(fixture.route('default.test').plugins).toHaveLength(1);
    expect(fixture.condition('Accepted', 'plugins', 'tenant')).toMatchObject({
      status: 'False',
      reason: 'PluginsNotPermitted',
      message: `spec.${Object.keys(spec)[0]}: Gateway default/web runs no plugins of namespace tenant: its owner names the namespace in the annotation sluice.dev/plugins-from`,
    });
    expect(fixture.condition('ResolvedRefs', 'plugins', 'tenant')).toBeUndefined();
    expect(fixture.pipeline.modules.get(module)).toBeUndefined();
    expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });

    fixture.client.take();
    for (const sources of ['tenant', '*', 'another, tenant']) {
      await fixture.apply(gateway(sources));
      expect(fixture.route('tenant.test')).toEqual({ status: undefined, plugins: [plugin] });
      expect(fixture.condition('Accepted', 'plugins', 'tenant')?.status).toBe('True');
      expect(fixture.pipeline.modules.has(module)).toBe('wasm' in spec);
      await fixture.apply(gateway('another'));
      expect(fixture.route('tenant.test')).toEqual({ status: 500, plugins: [] });
      expect(fixture.pipeline.modules.get(module)).toBeUndefined();
    }
    expect(fixture.client.take().filter((line) => line.startsWith('LDS'))).toEqual([]);
  },
);

test.each([
  ['Tenant'],
  ['tenant,'],
  [''],
  [['tenant']],
  ['tenant; *'],
  [Array.from({ length: 257 }, (_, i) => `n${i}`).join(',')],
])('an annotation that cannot be read lets none in, and the Gateway says so: %j', async (sources) => {
  const fixture = await fixtureWith(gateway(sources), policy({ lua }));
  expect(fixture.route('tenant.test')).toEqual({ status: 500, plugins: [] });
  const status = fixture.pipeline.controller.status(resourceKey('Gateway', 'default', 'web'));
  expect(status).toMatchObject({
    conditions: expect.arrayContaining([
      expect.objectContaining({
        type: 'Accepted',
        status: 'True',
        message: expect.stringContaining(
          'metadata.annotations[sluice.dev/plugins-from]: must be names of at most 256 namespaces',
        ) as unknown,
      }),
    ]) as unknown,
  });
});

test.each<[string, object, number | undefined, string[]]>([
  ['a plugin that may be left out is', { wasm: [{ code, failOpen: true }] }, undefined, []],
  ['a processor is no code', { extProc }, undefined, ['ext_proc/tenant/plugins/0']],
  ['a processor runs in no chain with code', { wasm: [{ code, failOpen: true }], extProc }, 500, []],
  ['a script may never be left out', { lua, extProc }, 500, []],
])('%s, where the owner does not name the namespace', async (_, spec, status, plugins) => {
  const fixture = await fixtureWith(gateway(), policy(spec));
  expect(fixture.route('tenant.test')).toEqual({ status, plugins });
});

test('with a merge each policy is judged by its own namespace', async () => {
  const ofGateway = m.extensionPolicy(
    { targetRefs: [{ kind: 'Gateway', name: 'web' }], lua },
    { name: 'all' },
  );
  const fixture = await fixtureWith(gateway(), ofGateway, policy({ extProc, mergeType: 'StrategicMerge' }));
  expect(fixture.route('tenant.test').plugins).toEqual(['lua/default/all/0', 'ext_proc/tenant/plugins/0']);
  await fixture.apply(policy({ wasm, mergeType: 'StrategicMerge' }));
  expect(fixture.route('tenant.test')).toEqual({ status: 500, plugins: [] });
  await fixture.apply(gateway('tenant'));
  expect(fixture.route('tenant.test').plugins).toEqual(['lua/default/all/0', 'wasm/tenant/plugins/0']);
});
