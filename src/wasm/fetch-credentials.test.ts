import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../../test/rig/objects/certificate.ts';
import { sha256 } from '../../test/rig/wasm/wasm-image.ts';
import { credentials, module, ModuleFetches, moduleOf } from '../../test/rig/wasm/module-fetches.ts';

const pair = selfSigned(['registry.test']);
let fetches: ModuleFetches;

beforeEach(() => {
  fetches = new ModuleFetches();
});
afterEach(() => fetches.close());

test.each(['basic', 'token'] as const)(
  'a registry that asks who is there, by %s, is told, and no other registry is',
  async (auth) => {
    const registry = await fetches.registry({ auth });
    const url = `${registry.host}/team/plugin:v1`;
    expect(moduleOf(await fetches.ask(url, { credentials })).from).toBe('network');
    const wrong = { username: 'user', password: 'wrong' };
    const refused = { kind: 'denied', reason: 'unauthorized' } as const;
    expect(await fetches.ask(url, { credentials: wrong })).toMatchObject(refused);
    const anonymous = await fetches.ask(url);
    expect(anonymous).toMatchObject(refused);
    expect(anonymous.kind === 'denied' && anonymous.message).toMatch(
      /^127\.0\.0\.1:\d+ answers 401: UNAUTHORIZED$/,
    );
  },
);

test('credentials do not go to who claims to have the tokens of another registry', async () => {
  const thief = await fetches.registry();
  const registry = await fetches.registry({ auth: 'token' });
  registry.realm = `http://127.0.0.2:${thief.port}/token`;
  expect(await fetches.ask(`${registry.host}/team/plugin:v1`, { credentials })).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
  registry.realm = 'file:///etc/passwd';
  expect(await fetches.ask(`${registry.host}/team/plugin:v1`)).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
  expect(thief.asked).toEqual([]);
});

test('a redirect to storage elsewhere is followed without credentials', async () => {
  const storage = await fetches.registry();
  const registry = await fetches.registry({ auth: 'basic' });
  const layer = sha256(module);
  storage.files.set('blob', Buffer.from(module));
  registry.instead = (_method, path) =>
    path.endsWith(layer)
      ? { status: 307, headers: { location: `http://${storage.host}/files/blob` } }
      : undefined;
  const places = { allow: [], trust: [registry.host, storage.host], plainHttp: [registry.host], refused: [] };
  const result = await fetches.ask(`${registry.host}/team/plugin:v1`, { credentials, places });
  expect(moduleOf(result).bytes).toEqual(Buffer.from(module));
  expect(storage.authorizations.get('/files/blob')).toBe('');
  expect(registry.authorizations.get(`/v2/team/plugin/blobs/sha256:${layer}`)).toMatch(/^Basic /);
  const untrusted = { ...places, trust: [registry.host] };
  fetches.restart(0);
  expect(
    await fetches.ask(`${registry.host}/team/plugin:v1`, { credentials, places: untrusted }),
  ).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
});

test.each([
  '/files/loop',
  'ftp://x/',
  'file:///etc/passwd',
  'http://[::1',
  'http://localhost:1/',
  '//169.254.169.254/',
])('a redirect to %s is refused', async (location) => {
  const registry = await fetches.registry();
  registry.instead = () => ({ status: 302, headers: { location } });
  expect(await fetches.askFile(`http://${registry.host}/files/x`)).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
  expect(registry.asked.length).toBeLessThan(5);
});

test('the user and password of a URL are used, and stand in no message', async () => {
  const registry = await fetches.registry({ auth: 'basic' });
  registry.files.set('x', Buffer.from(module));
  const url = `http://user:pass%3Aword@${registry.host}/files/x`;
  expect(moduleOf(await fetches.askFile(url)).from).toBe('network');
  const wrong = JSON.stringify(await fetches.askFile(`http://user:secret@${registry.host}/files/x`));
  expect(wrong).toContain('unauthorized');
  expect(wrong).not.toContain('secret');
});

test('TLS needs an authority that is trusted and the right name, and no answer without it counts', async () => {
  const registry = await fetches.registry({ tls: pair, auth: 'token' });
  registry.realm = `https://registry.test:${registry.port}/token`;
  const url = `registry.test:${registry.port}/team/plugin:v1`;
  const places = { allow: [], trust: [registry.host], plainHttp: [], refused: [] };
  const ca = pair.certificate;
  expect(moduleOf(await fetches.ask(url, { places, ca, credentials })).bytes).toEqual(Buffer.from(module));
  expect(await fetches.ask(url, { places, credentials })).toMatchObject({
    kind: 'unreachable',
    reason: 'tls',
  });
  const wrongName = `other.test:${registry.port}/team/plugin:v1`;
  expect(await fetches.ask(wrongName, { places, ca })).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  expect(await fetches.ask(url, { places, ca: 'no PEM' })).toMatchObject({ kind: 'unreachable' });
  registry.files.set('x', Buffer.from(module));
  const plain = await fetches.ask(url, { places: { ...places, plainHttp: ['registry.test'] }, ca });
  expect(plain).toMatchObject({ kind: 'unreachable', reason: 'network' });
});

test('a redirect from TLS to none is refused', async () => {
  const registry = await fetches.registry({ tls: pair });
  registry.instead = () => ({
    status: 302,
    headers: { location: `http://registry.test:${registry.port}/x` },
  });
  const url = `https://registry.test:${registry.port}/files/x`;
  const places = { allow: [], trust: [registry.host], plainHttp: [], refused: [] };
  expect(await fetches.askFile(url, { places, ca: pair.certificate })).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
});
