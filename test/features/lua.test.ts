import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { PolicyFixture } from '../rig/pipeline/policy-fixture.ts';

const script = 'function envoy_on_request(handle) end';
const inline = { type: 'Inline', inline: script };
const fromConfigMap = { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'target' } };
const plugin = 'lua/default/plugins/0';

function routeOf(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });
}

function policy(lua: readonly object[], fields: object = {}): object {
  return m.extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'a' }], lua, ...fields });
}

function fixtureWith(...manifests: readonly object[]): Promise<PolicyFixture> {
  return PolicyFixture.with([routeOf('a'), routeOf('b'), ...manifests], { lua: true });
}

test('scripts are off unless an option turns them on, and their policy says so', async () => {
  const fixture = await PolicyFixture.with([routeOf('a'), routeOf('b'), policy([inline])]);
  expect(fixture.route('a.test')).toEqual({ status: 500, plugins: [] });
  expect(fixture.route('b.test').status).toBeUndefined();
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: 'spec.lua[0]: is turned off by the option translate.lua',
  });
  fixture.pipeline.setSettings({ lua: true });
  await fixture.pipeline.drain();
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [plugin] });
});

test('a script runs on its own routes, with its context', async () => {
  const filterContext = JSON.parse('{"numbers": [1, 2], "__proto__": {"of": "a user"}}') as object;
  const fixture = await fixtureWith(policy([{ ...inline, filterContext }]));
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [plugin] });
  expect(fixture.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(fixture.plugins()).toEqual([plugin]);
  expect(JSON.stringify(fixture.plugin(plugin))).toContain(script);
  expect(fixture.plugin(plugin)).toMatchObject({ filterContext });
  expect(fixture.condition('Accepted')?.status).toBe('True');
  // Lua has no code to fetch.
  expect(fixture.condition('ResolvedRefs')).toBeUndefined();
});

test('a script of a ConfigMap is followed, and its routes answer 500 while it is not there', async () => {
  const fixture = await fixtureWith(policy([fromConfigMap]));
  expect(fixture.route('a.test')).toEqual({ status: 500, plugins: [] });
  expect(fixture.condition('Accepted')?.message).toBe(
    'spec.lua[0].valueRef.name: ConfigMap default/target does not exist',
  );
  await fixture.apply(m.configMap({ lua: script }));
  expect(fixture.route('a.test').plugins).toEqual([plugin]);
  await fixture.apply(m.configMap({ lua: `${script} -- changed` }));
  expect(JSON.stringify(fixture.plugin(plugin))).toContain('-- changed');
  await fixture.apply(m.configMap({ lua: 'nothing that is called' }));
  expect(fixture.route('a.test').status).toBe(500);
  expect(fixture.condition('Accepted')?.message).toContain('must define envoy_on_request');
});

test.each([
  [{ inline: 'return' }, '.inline: must define envoy_on_request or envoy_on_response'],
  [{ ...fromConfigMap, valueRef: { kind: 'Secret', name: 'a' } }, '.valueRef: must be a ConfigMap'],
])('a script that cannot be one is not sent (%#)', async (lua, message) => {
  const fixture = await fixtureWith(policy([lua]));
  expect(fixture.route('a.test').status).toBe(500);
  expect(fixture.plugins()).toEqual([]);
  expect(fixture.condition('Accepted')?.message).toBe(`spec.lua[0]${message}`);
});

test('more than ten scripts run in the order of their policy', async () => {
  const fixture = await fixtureWith(policy(Array.from({ length: 12 }, () => inline)));
  const inOrder = Array.from({ length: 12 }, (_, i) => `lua/default/plugins/${i}`);
  expect(fixture.route('a.test').plugins).toEqual(inOrder);
});

test('what proxies say of a script is what its policy says, until there is another', async () => {
  const fixture = await fixtureWith();
  const { reject } = fixture.client;
  fixture.client.reject = (service) => (service === 'ECDS' ? 'no such thing as nonsense' : undefined);
  await fixture.apply(policy([inline]));
  expect(fixture.condition('Programmed')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('no such thing as nonsense'),
  });
  expect(fixture.condition('Accepted')?.status).toBe('True');
  fixture.client.reject = reject;
  await fixture.apply(policy([{ inline: `${script} -- good` }]));
  expect(fixture.condition('Programmed')).toBeUndefined();
});
