import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/http-route-filters.md'), 'utf8');
const manifests = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
  parseAllDocuments(text).map((document) => document.toJS() as object),
);

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('shop');
  await rig.backend('next');
  rig.apply(manifests);
  await rig.settled();
});

afterAll(() => rig.close());

test('the example rewrites, answers, injects and matches as the page says', async () => {
  expect(rig.condition('HTTPRoute', 'shop', 'ResolvedRefs')?.status).toBe('True');
  await expect.poll(async () => (await rig.send('shop')).status).toBe(200);
  const item = await rig.echo('shop', { path: '/items/7', headers: { 'x-tenant': 'one.test' } });
  expect([item.path, item.host, item.headers['x-forwarded-host']]).toEqual([
    '/v2/item?id=7',
    'one.test',
    ['shop.test'],
  ]);
  const closed = await rig.send('shop', { path: '/closed' });
  expect([closed.status, closed.body]).toEqual([503, '<h1>Closed</h1><p>/closed comes back at 8.</p>']);
  expect(['content-type', 'retry-after'].map((name) => closed.headers.get(name))).toEqual([
    ['text/html'],
    ['3600'],
  ]);
  const cookie = { headers: { cookie: 'tester=yes' } };
  expect(await rig.answers('shop', ['/', cookie])).toEqual(['shop', 'next']);
  const given = await rig.echo('shop', { headers: { authorization: 'Basic own' } });
  expect(given.headers['authorization']).toEqual(['Bearer s3cret']);
});
