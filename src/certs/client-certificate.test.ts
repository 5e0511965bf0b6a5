import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TlsMaterial } from '../lib/tls-identity.ts';
import { renew } from './certificates.ts';
import { issueClient, renewClient } from './client-certificate.ts';
import { xdsTokenOf } from './tokens.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const { certificates } = await renew(undefined, start, ['sluice']);
const web = { namespace: 'prod', gateway: 'web', uid: 'one' };

test('a proxy’s certificate lives for 7 days, and is another one when two thirds of them are over', async () => {
  const first = await issueClient(certificates, web, start);
  expect(new X509Certificate(first.certificate).validToDate.getTime()).toBe(start + 7 * day);
  expect(await renewClient(first, certificates, web, start + 4.6 * day)).toEqual(first);
  const second = await renewClient(first, certificates, web, start + 4.7 * day);
  expect(new X509Certificate(second.certificate).validToDate.getTime()).toBe(start + 11.7 * day);
});

test.each<[string, () => Promise<TlsMaterial>]>([
  ['of an earlier Gateway of the name', () => issueClient(certificates, { ...web, uid: 'zero' }, start)],
  ['without a UID', () => issueClient(certificates, { ...web, uid: '' }, start)],
  ['of another Gateway', () => issueClient(certificates, { ...web, gateway: 'api' }, start)],
  ['that lives for months', () => issueClient(certificates, web, start, 90 * day)],
])('a certificate %s is replaced at once', async (_, issued) => {
  const has = await issued();
  const { certificate } = await renewClient(has, certificates, web, start);
  expect(certificate).not.toBe(has.certificate);
  const { subjectAltName } = new X509Certificate(certificate);
  expect(subjectAltName).toBe('URI:spiffe://sluice.dev/ns/prod/gateway/web/uid/one');
});

test('tokens are the same at each call, and another one for each Gateway that there is or was', () => {
  const others = [
    { ...web, uid: 'two' },
    { ...web, uid: '' },
    { ...web, gateway: 'api' },
    { ...web, namespace: 'pro', gateway: 'd/web' },
    { namespace: 'prod', gateway: 'web\0one', uid: '' },
  ];
  const tokens = others.map((proxies) => xdsTokenOf(certificates, proxies));
  expect(xdsTokenOf(certificates, web)).toBe(xdsTokenOf(certificates, { ...web }));
  expect(tokens).not.toContain(xdsTokenOf(certificates, web));
  expect(xdsTokenOf(certificates, web)).toMatch(/^[A-Za-z0-9_-]{43}$/);
});
