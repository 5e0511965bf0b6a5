import { expect, test } from 'vitest';
import { allServed } from '../../test/rig/kube/kube-resources.ts';
import { answerObject } from '../../test/rig/kube/object-requests.ts';
import { ObjectStore } from '../../test/rig/kube/object-store.ts';
import { resourceKey } from '../lib/key.ts';
import type { Sent } from './api-server.ts';
import { statusFault } from './fault.ts';
import { SecretStore } from './secret-store.ts';

const secret = resourceKey('Secret', 'system', 'sluice-tls');
const served = allServed();
const { signal } = new AbortController();

/** An API server of nothing but objects. */
class Api {
  readonly objects = new ObjectStore();
  readonly sent: Sent[] = [];

  async send(sent: Sent): Promise<unknown> {
    this.sent.push(sent);
    const { status, document } = answerObject(this.objects, served, {
      ...sent,
      body: structuredClone(sent.body),
    });
    if (status >= 300) throw statusFault(status, document);
    return document;
  }
}

function opened(): { readonly api: Api; readonly store: SecretStore } {
  const api = new Api();
  return { api, store: new SecretStore(api, 'system', 'sluice-tls') };
}

test('a Secret that does not exist is created, and not as one of type kubernetes.io/tls', async () => {
  const { api, store } = opened();
  expect(await store.read(signal)).toBeUndefined();
  expect(
    await store.write(
      undefined,
      new Map([
        ['ca.crt', 'zertifikat ü'],
        ['x', undefined],
      ]),
      signal,
    ),
  ).toBe('written');
  expect(api.objects.get(secret)).toMatchObject({ kind: 'Secret', type: 'Opaque' });
  const stored = await store.read(signal);
  expect(stored?.files).toEqual(new Map([['ca.crt', 'zertifikat ü']]));
});

test('what others have put into the Secret stays, and what is undefined goes', async () => {
  const { api, store } = opened();
  const object = {
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'sluice-tls', labels: { team: 'a' } },
    data: { 'their.bin': '/w==', 'tls.crt': 'YQ==', 'next-ca.key': 'Yg==', ['__proto__']: 'Yw==' },
  };
  api.objects.put(secret, object);
  const stored = await store.read(signal);
  expect(stored?.files.get('__proto__')).toBe('c');
  const files = new Map([
    ['tls.crt', 'new'],
    ['next-ca.key', undefined],
  ]);
  expect(await store.write(stored, files, signal)).toBe('written');
  expect(api.objects.get(secret)).toMatchObject({
    type: 'kubernetes.io/tls',
    metadata: { labels: { team: 'a' } },
    data: { 'their.bin': '/w==', 'tls.crt': 'bmV3' },
  });
  expect(Object.keys(api.objects.get(secret)?.['data'] ?? {})).toEqual(['their.bin', 'tls.crt', '__proto__']);
});

test('a write after somebody else’s is a conflict: created, changed or deleted meanwhile', async () => {
  const { api, store } = opened();
  const other = new SecretStore(api, 'system', 'sluice-tls');
  await other.write(undefined, new Map([['a', '1']]), signal);
  expect(await store.write(undefined, new Map([['a', '2']]), signal)).toBe('conflict');
  const stored = await store.read(signal);
  await other.write(await other.read(signal), new Map([['a', '3']]), signal);
  expect(await store.write(stored, new Map([['a', '4']]), signal)).toBe('conflict');
  const latest = await store.read(signal);
  expect(latest?.files.get('a')).toBe('3');
  api.objects.delete(secret);
  expect(await store.write(latest, new Map([['a', '5']]), signal)).toBe('conflict');
});

test('any other answer is thrown', async () => {
  const store = new SecretStore({ send: forbid }, 'system', 'sluice-tls');
  await expect(store.read(signal)).rejects.toThrow('no secrets for you');
  await expect(store.write(undefined, new Map(), signal)).rejects.toThrow('no secrets for you');
});

async function forbid(): Promise<unknown> {
  throw statusFault(403, { message: 'no secrets for you' });
}
