import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../envoy/converge.ts';
import { conditionOf } from './condition.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { Scene } from './scene.ts';
import { installEnvoyCrd } from './sluice.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('plugin');
  await installEnvoyCrd(scene.kube, 'EnvoyExtensionPolicy', 'envoyextensionpolicies');
  await scene.apply(
    gateway(),
    service('app'),
    echoPods('app'),
    httpRoute('a', 'a.test', [toService('app')]),
    httpRoute('b', 'b.test', [toService('app')]),
  );
});
afterAll(() => scene.close());

const policy = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyExtensionPolicy',
  metadata: { name: 'plugin' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'a' }],
    wasm: [{ code: { type: 'Image', image: { url: 'registry.invalid/plugin:v1' } } }],
  },
};

test('a plugin whose registry is not there closes its own routes, and its policy says why', async () => {
  await scene.answers('a.test', 200);
  await scene.apply(policy);
  await scene.answers('a.test', 503);
  expect((await scene.ask('b.test')).status).toBe(200);
  const condition = await converge(async () => {
    const found = conditionOf(await scene.get(policy), 'ResolvedRefs');
    return found?.message.includes('registry.invalid') === true && found;
  });
  expect(condition.status).toBe('False');
  expect(conditionOf(await scene.get(policy), 'Accepted')?.status).toBe('True');
  await scene.delete(policy);
  await scene.answers('a.test', 200);
});
