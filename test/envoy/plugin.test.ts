import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeRegistry } from '../rig/wasm/fake-registry.ts';
import { extensionPolicy } from '../rig/objects/manifests.ts';
import { artifact } from '../rig/wasm/wasm-image.ts';
import { plugin } from '../rig/wasm/plugin.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let registry: FakeRegistry;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plugin-'));
  registry = await new FakeRegistry({}).start();
  rig = await EnvoyRig.start({
    wasm: {
      cacheDirectory: directory,
      trust: [registry.host],
      plainHttp: [registry.host],
      ttlMs: 1000,
      retryMs: 100,
      maxRetryMs: 1000,
    },
  });
  await rig.backend('app');
  await rig.serve('a', [toService('app')]);
  await rig.serve('b', [toService('app')]);
});

afterAll(async () => {
  await rig.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

function policy(name: string, target: string, tag: string, fields: object = {}): object {
  const code = { type: 'Image', image: { url: `${registry.host}/plugin:${tag}` } };
  return extensionPolicy(
    { targetRefs: [{ kind: 'HTTPRoute', name: target }], wasm: [{ code, ...fields }] },
    { name },
  );
}

async function header(name: string): Promise<string> {
  const { status, headers } = await rig.send(name);
  return status === 200 ? (headers.get('x-plugin')?.[0] ?? 'none') : String(status);
}

test('a plugin that cannot be had closes its own routes and no other, and runs as soon as it can be had', async () => {
  rig.apply([policy('p', 'a', 'late')]);
  await converge(async () => expect(await header('a')).toBe('503'));
  expect(await header('b')).toBe('none');
  await converge(() =>
    expect(rig.condition('EnvoyExtensionPolicy', 'p', 'ResolvedRefs')).toMatchObject({ status: 'False' }),
  );
  registry.push('plugin', 'late', artifact(await plugin('one')));
  await converge(async () => expect(await header('a')).toBe('one'));
  expect(await header('b')).toBe('none');
  await converge(() =>
    expect(rig.condition('EnvoyExtensionPolicy', 'p', 'ResolvedRefs')).toMatchObject({ status: 'True' }),
  );
});

test('a tag that moves brings the new code, without a new listener', async () => {
  const before = await rig.envoy.stats('listener_manager.listener_(modified|added|in_place_updated)$');
  registry.push('plugin', 'late', artifact(await plugin('two')));
  await converge(async () => expect(await header('a')).toBe('two'));
  expect(await rig.envoy.stats('listener_manager.listener_(modified|added|in_place_updated)$')).toEqual(
    before,
  );
});

test('a policy that is gone leaves its routes as they were', async () => {
  rig.apply([], [policy('p', 'a', 'late')]);
  await converge(async () => expect(await header('a')).toBe('none'));
});
