import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tar } from '../../test/rig/wasm/tar.ts';
import {
  artifact,
  containerImage,
  image,
  imageIndex,
  ociManifest,
  sha256,
} from '../../test/rig/wasm/wasm-image.ts';
import { known, module, ModuleFetches, moduleOf, otherModule } from '../../test/rig/wasm/module-fetches.ts';

let fetches: ModuleFetches;

const layouts = {
  'an artifact': artifact(module),
  'an artifact of another tool': artifact(module, 'application/vnd.wasm.content.layer.v1+wasm'),
  'an artifact of the CNCF': artifact(module, 'application/wasm'),
  'an OCI image': containerImage(module),
  'a Docker image': containerImage(module, 'docker'),
  'an index of one': imageIndex({ amd64: artifact(module), unknown: artifact(otherModule) }),
  'an index of platforms': imageIndex({ arm64: artifact(otherModule), amd64: artifact(module) }),
  'an index with one for WASM': imageIndex({ amd64: artifact(otherModule), wasm: artifact(module) }),
};

beforeEach(() => {
  fetches = new ModuleFetches();
});
afterEach(() => fetches.close());

test.each(Object.entries(layouts))('a module is found in %s', async (_name, pushed) => {
  const registry = await fetches.registry();
  registry.push('x', 'v1', pushed);
  const result = await fetches.ask(`oci://${registry.host}/x:v1`);
  expect(moduleOf(result)).toEqual({ bytes: Buffer.from(module), from: 'network' });
  expect(known(result)?.validator).toBe(sha256(pushed.manifest));
});

test.each<[string, ReturnType<typeof artifact>]>([
  ['layers of another kind', image(ociManifest, 'x', [['application/octet-stream', Buffer.from(module)]])],
  ['no layer', image(ociManifest, 'x', [])],
  [
    'a module only in an earlier layer',
    image(ociManifest, 'x', [
      [
        'application/vnd.oci.image.layer.v1.tar+gzip',
        gzipSync(tar([{ name: 'plugin.wasm', content: module }])),
      ],
      ['application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar([{ name: 'x' }]))],
    ]),
  ],
  ['a module that is no WASM', artifact(Buffer.from('<html>'))],
  ['a module that is not sound', artifact(Buffer.concat([module, Buffer.from([0x01, 0xff])]))],
  ['no image for WASM', imageIndex({ arm64: artifact(module), s390x: artifact(otherModule) })],
  ['an index in an index', imageIndex({ amd64: imageIndex({ amd64: artifact(module) }) })],
  ['a manifest that is no JSON', { ...artifact(module), manifest: Buffer.from('{') }],
  [
    'a manifest of nonsense',
    {
      ...artifact(module),
      manifest: Buffer.from(
        '{"layers":[null,{"__proto__":1},7,{"mediaType":"application/wasm","digest":"md5:1","size":-1}]}',
      ),
    },
  ],
])('an image with %s is refused', async (_name, pushed) => {
  const registry = await fetches.registry();
  registry.push('x', 'v1', pushed);
  expect(await fetches.ask(`${registry.host}/x:v1`)).toMatchObject({ kind: 'denied', reason: 'content' });
});

test('an image that has not changed costs one request, which registries do not count', async () => {
  const registry = await fetches.registry();
  const url = `${registry.host}/team/plugin:v1`;
  const before = known(await fetches.ask(url));
  registry.asked.length = 0;
  const again = await fetches.ask(url, { known: before });
  expect(again).toEqual({ kind: 'allowed', module: before, from: 'known', bytes: undefined });
  expect(registry.asked).toEqual(['HEAD /v2/team/plugin/manifests/v1']);
  registry.push('team/plugin', 'v1', artifact(otherModule));
  expect(moduleOf(await fetches.ask(url, { known: before })).bytes).toEqual(Buffer.from(otherModule));
});

test('a file that has not changed is not sent again', async () => {
  const registry = await fetches.registry();
  registry.files.set('x.wasm', Buffer.from(module));
  const url = `http://${registry.host}/files/x.wasm`;
  const before = known(await fetches.askFile(url));
  expect((await fetches.askFile(url, { known: before })).kind === 'allowed' && before?.sha256).toBe(
    sha256(module),
  );
  expect(moduleOf(await fetches.askFile(url, { known: before })).from).toBe('known');
  registry.files.set('x.wasm', Buffer.from(otherModule));
  expect(moduleOf(await fetches.askFile(url, { known: before })).bytes).toEqual(Buffer.from(otherModule));
});

test('a file may be gzipped or in an archive, and its digest that of either', async () => {
  const registry = await fetches.registry();
  const packed = gzipSync(tar([{ name: 'my.wasm', content: module }]));
  registry.files.set('x', packed);
  const url = `http://${registry.host}/files/x`;
  for (const digest of [undefined, sha256(packed), sha256(module)])
    expect(moduleOf(await fetches.askFile(url, { sha256: digest })).bytes).toEqual(Buffer.from(module));
  expect(await fetches.askFile(url, { sha256: sha256(otherModule) })).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
});

test('an image is held to the digest of its manifest, or that of the index it is in', async () => {
  const registry = await fetches.registry();
  const one = artifact(module);
  const index = imageIndex({ amd64: one });
  registry.push('x', 'v1', index);
  const url = `${registry.host}/x:v1`;
  for (const digest of [sha256(one.manifest), sha256(index.manifest)]) {
    expect(moduleOf(await fetches.ask(url, { sha256: digest })).bytes).toBeDefined();
    expect(moduleOf(await fetches.ask(`${registry.host}/x@sha256:${digest}`)).bytes).toBeDefined();
  }
  expect(await fetches.ask(url, { sha256: sha256(module) })).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
});

test('what a registry gives under a digest is held to it', async () => {
  const registry = await fetches.registry();
  const digest = sha256(artifact(module).manifest);
  const forged = { status: 200, body: artifact(otherModule).manifest };
  registry.instead = (_method, path) => (path.includes('manifests') ? forged : undefined);
  expect(await fetches.ask(`${registry.host}/team/plugin@sha256:${digest}`)).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
  registry.instead = (_method, path) =>
    path.includes('blobs') ? { status: 200, body: Buffer.from(otherModule) } : undefined;
  expect(await fetches.ask(`${registry.host}/team/plugin:v1`)).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
  expect(readdirSync(fetches.directory)).toEqual([]);
});
