import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../envoy/converge.ts';
import { plugin, pluginHeader } from '../wasm/plugin.ts';
import { askingOften, ClusterRegistry } from './cluster-registry.ts';
import { conditionOf, type Condition } from './condition.ts';
import type { Manifest } from './kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService, wasmPolicy } from './manifests.ts';
import { Scene } from './scene.ts';
import { helmInstall, installEnvoyCrd, sluiceIsReady } from './sluice.ts';

let scene: Scene;
let registry: ClusterRegistry;

beforeAll(async () => {
  scene = await Scene.open('plugin');
  await installEnvoyCrd(scene.kube, 'EnvoyExtensionPolicy', 'envoyextensionpolicies');
  await helmInstall(...askingOften);
  await sluiceIsReady(scene.kube);
  registry = await ClusterRegistry.start(scene);
  await registry.push('v1', await plugin('one'));
  await scene.apply(
    gateway(),
    service('app'),
    echoPods('app'),
    httpRoute('a', 'a.test', [toService('app')]),
    httpRoute('b', 'b.test', [toService('app')]),
  );
});
afterAll(async () => {
  await registry.close();
  await scene.close();
  await helmInstall();
});

const absent = policyOf({ type: 'Image', image: { url: 'registry.invalid/plugin:v1' } });

test('a plugin whose registry is not there closes its own routes, and its policy says why', async () => {
  await scene.answers('a.test', 200);
  await scene.apply(absent);
  await scene.answers('a.test', 503);
  expect((await scene.ask('b.test')).status).toBe(200);
  const condition = await resolvedRefs(/registry\.invalid/);
  expect(condition.status).toBe('False');
  expect(conditionOf(await scene.get(absent), 'Accepted')?.status).toBe('True');
  await scene.delete(absent);
  await scene.answers('a.test', 200);
});

test('a plugin of a registry in the cluster runs in the proxies, on its own routes', async () => {
  await scene.apply(policyOf(registry.code('v1')));
  await runs('one');
  expect((await scene.ask('b.test')).headers.get(pluginHeader)).toBeUndefined();
  expect((await resolvedRefs(isWell)).status).toBe('True');
});

test('a tag that moves takes effect by itself', async () => {
  await registry.push('v1', await plugin('two'));
  await runs('two');
});

test('a registry that hangs after that costs nothing but a word about it, and its return is noticed', async () => {
  registry.fault = { kind: 'hang' };
  const condition = await resolvedRefs(/the last check failed/);
  expect(condition.status).toBe('True');
  expect((await scene.ask('a.test')).headers.get(pluginHeader)).toEqual(['two']);
  // What has to do with no registry goes through meanwhile.
  await scene.apply(httpRoute('c', 'c.test', [toService('app')]));
  await scene.answers('c.test', 200);
  registry.fault = { kind: 'none' };
  await resolvedRefs(isWell);
});

test('a password that is not right any more is noticed, and so is the Secret with the new one', async () => {
  registry.letIn('rotated');
  const denied = await resolvedRefs(/UNAUTHORIZED/);
  expect(denied).toMatchObject({ status: 'False', reason: 'Denied' });
  await scene.answers('a.test', 503);
  expect((await scene.ask('b.test')).status).toBe(200);
  await registry.setPassword('rotated');
  await runs('two');
  expect((await resolvedRefs(isWell)).status).toBe('True');
});

const isWell = /^the code of every plugin is there$/;

function policyOf(code: object): Manifest {
  return wasmPolicy('plugin', 'a', code);
}

/** Asks until the policy's `ResolvedRefs` has such a message. */
async function resolvedRefs(message: RegExp): Promise<Condition> {
  return await converge(async () => {
    const found = conditionOf(await scene.get(absent), 'ResolvedRefs');
    if (found === undefined || !message.test(found.message))
      throw new Error(`the policy says: ${found?.message}`);
    return found;
  }, noticedMs);
}

async function runs(value: string): Promise<void> {
  await converge(async () => {
    const { status, headers } = await scene.ask('a.test');
    expect([status, headers.get(pluginHeader)]).toEqual([200, [value]]);
  }, noticedMs);
}

/** An attempt at a registry that hangs takes seconds, as does a proxy's way to a new plugin. */
const noticedMs = 60_000;
