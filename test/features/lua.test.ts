import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { PolicyScene } from '../rig/pipeline/policy-scene.ts';

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

function sceneWith(...manifests: readonly object[]): Promise<PolicyScene> {
  return PolicyScene.with([routeOf('a'), routeOf('b'), ...manifests], { lua: true });
}

test('scripts are off unless an option turns them on, and their policy says so', async () => {
  const scene = await PolicyScene.with([routeOf('a'), routeOf('b'), policy([inline])]);
  expect(scene.route('a.test')).toEqual({ status: 500, plugins: [] });
  expect(scene.route('b.test').status).toBeUndefined();
  expect(scene.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: 'spec.lua[0]: is turned off by the option translate.lua',
  });
  scene.pipeline.setSettings({ lua: true });
  await scene.pipeline.drain();
  expect(scene.route('a.test')).toEqual({ status: undefined, plugins: [plugin] });
});

test('a script runs on its own routes, with its context', async () => {
  const filterContext = JSON.parse('{"numbers": [1, 2], "__proto__": {"of": "a user"}}') as object;
  const scene = await sceneWith(policy([{ ...inline, filterContext }]));
  expect(scene.route('a.test')).toEqual({ status: undefined, plugins: [plugin] });
  expect(scene.route('b.test')).toEqual({ status: undefined, plugins: [] });
  expect(scene.plugins()).toEqual([plugin]);
  expect(JSON.stringify(scene.plugin(plugin))).toContain(script);
  expect(scene.plugin(plugin)).toMatchObject({ filterContext });
  expect(scene.condition('Accepted')?.status).toBe('True');
  // There is no code to be fetched.
  expect(scene.condition('ResolvedRefs')).toBeUndefined();
});

test('a script of a ConfigMap is followed, and its routes answer 500 while it is not there', async () => {
  const scene = await sceneWith(policy([fromConfigMap]));
  expect(scene.route('a.test')).toEqual({ status: 500, plugins: [] });
  expect(scene.condition('Accepted')?.message).toBe(
    'spec.lua[0].valueRef.name: ConfigMap default/target does not exist',
  );
  await scene.apply(m.configMap({ lua: script }));
  expect(scene.route('a.test').plugins).toEqual([plugin]);
  await scene.apply(m.configMap({ lua: `${script} -- changed` }));
  expect(JSON.stringify(scene.plugin(plugin))).toContain('-- changed');
  await scene.apply(m.configMap({ lua: 'nothing that is called' }));
  expect(scene.route('a.test').status).toBe(500);
  expect(scene.condition('Accepted')?.message).toContain('must define envoy_on_request');
});

test.each([
  [{ inline: 'return' }, '.inline: must define envoy_on_request or envoy_on_response'],
  [{ ...fromConfigMap, valueRef: { kind: 'Secret', name: 'a' } }, '.valueRef: must be a ConfigMap'],
])('a script that cannot be one is not sent (%#)', async (lua, message) => {
  const scene = await sceneWith(policy([lua]));
  expect(scene.route('a.test').status).toBe(500);
  expect(scene.plugins()).toEqual([]);
  expect(scene.condition('Accepted')?.message).toBe(`spec.lua[0]${message}`);
});

test('more than ten scripts run in the order of their policy', async () => {
  const scene = await sceneWith(policy(Array.from({ length: 12 }, () => inline)));
  const inOrder = Array.from({ length: 12 }, (_, i) => `lua/default/plugins/${i}`);
  expect(scene.route('a.test').plugins).toEqual(inOrder);
});

test('what proxies say of a script is what its policy says, until there is another', async () => {
  const scene = await sceneWith();
  const { refuse } = scene.client;
  scene.client.refuse = (service) => (service === 'ECDS' ? 'no such thing as nonsense' : undefined);
  await scene.apply(policy([inline]));
  expect(scene.condition('Programmed')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('no such thing as nonsense'),
  });
  expect(scene.condition('Accepted')?.status).toBe('True');
  scene.client.refuse = refuse;
  await scene.apply(policy([{ inline: `${script} -- good` }]));
  expect(scene.condition('Programmed')).toBeUndefined();
});
