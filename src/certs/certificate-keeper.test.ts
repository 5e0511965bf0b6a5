import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { splitPem } from './split-pem.ts';
import {
  CertificateReplica,
  MemorySecret,
  day,
  start,
  web,
} from '../../test/rig/kube/certificate-replica.ts';

test('the first replica makes what is missing, and the others take it over', async () => {
  const store = new MemorySecret();
  const one = await CertificateReplica.started(store);
  const other = await CertificateReplica.started(store);
  expect(store.writes).toBe(1);
  expect(one.keeper.waitsFor()).toBeUndefined();
  expect(one.keeper.server().current()).toEqual(other.keeper.server().current());
  expect(one.keeper.drainToken('prod', 'web')).toBe(other.keeper.drainToken('prod', 'web'));
  expect([one.changes, other.changes]).toEqual([1, 1]);
  expect(one.expiries).toEqual(
    new Map([
      ['ca', start + 730 * day],
      ['server', start + 90 * day],
    ]),
  );
  await one.look();
  expect(store.writes).toBe(1);
  expect(one.changes).toBe(1);
  expect(one.waits).toEqual([60_000, 60_000]);
});

test('of two that renew at once one writes, and the other one takes it over', async () => {
  const store = new MemorySecret();
  const [one, other] = [
    new CertificateReplica(store, { now: start }),
    new CertificateReplica(store, { now: start }),
  ];
  await Promise.all([one.looked(), other.looked()]);
  expect(store.writes).toBe(1);
  expect(one.keeper.server().current()).toEqual(other.keeper.server().current());
});

test('over three years two replicas that look now and then have the same, and no more is written than is due', async () => {
  const store = new MemorySecret();
  const time = { now: start };
  const [one, other] = [
    await CertificateReplica.started(store, time),
    await CertificateReplica.started(store, time),
  ];
  let longest = 0;
  for (let at = 0; at <= 3 * 365; at += 5) {
    time.now = start + at * day;
    await (at % 10 === 0 ? one : other).look();
    await (at % 10 === 0 ? other : one).look();
    const { certificate, ca } = one.keeper.server().current() ?? { certificate: '', ca: '' };
    expect(other.keeper.server().current()?.certificate).toBe(certificate);
    const leaf = new X509Certificate(certificate);
    expect(leaf.validToDate.getTime()).toBeGreaterThan(time.now + 24 * day);
    expect(splitPem(ca).some((pem) => leaf.verify(new X509Certificate(pem).publicKey))).toBe(true);
    longest = Math.max(longest, splitPem(ca).length);
  }
  expect(longest).toBe(2);
  expect(store.writes).toBe(21);
});

test('a client certificate is for the proxies of one Gateway, and of the CAs of now', async () => {
  const { keeper } = await CertificateReplica.started(new MemorySecret());
  const { certificate, privateKey, ca } = await keeper.clientCertificate(web);
  const leaf = new X509Certificate(certificate);
  expect(leaf.subjectAltName).toBe('URI:spiffe://sluice.dev/ns/prod/gateway/web/uid/one');
  expect(leaf.validToDate.getTime()).toBe(start + 7 * day);
  expect(ca).toBe(keeper.server().current()?.ca);
  expect(privateKey).toContain('PRIVATE KEY');
});

test('tokens are new, and the same on all replicas, when their key is taken out of the store', async () => {
  const store = new MemorySecret();
  const [one, other] = [await CertificateReplica.started(store), await CertificateReplica.started(store)];
  const before = one.keeper.xdsToken(web);
  expect(one.keeper.server().tokenOf?.(web)).toBe(before);
  expect(other.keeper.xdsToken(web)).toBe(before);
  store.put([...(store.stored?.files ?? [])].filter(([name]) => name !== 'drain.key'));
  await one.look();
  await other.look();
  expect(one.keeper.xdsToken(web)).not.toBe(before);
  expect(other.keeper.xdsToken(web)).toBe(one.keeper.xdsToken(web));
  expect(one.changes).toBe(2);
});

test('while the store cannot be had, there is nothing at first, and later the last good certificates', async () => {
  const store = new MemorySecret();
  store.fault = new Error('the API server says 403: no');
  const replica = await CertificateReplica.started(store);
  expect(replica.keeper.server().current()).toBeUndefined();
  expect(() => replica.keeper.drainToken('prod', 'web')).toThrow('not there yet');
  expect(replica.keeper.waitsFor()).toBe('the API server says 403: no');
  await expect(replica.keeper.clientCertificate(web)).rejects.toThrow('not there yet');
  await replica.look();
  expect(replica.waits).toEqual([1000, 1000]);
  expect(replica.log.lines.map(({ level }) => level)).toEqual(['warn']);
  store.fault = undefined;
  await replica.look();
  const good = replica.keeper.server().current();
  expect(good).toBeDefined();
  store.fault = new Error('gone');
  await replica.look();
  expect(replica.keeper.server().current()).toEqual(good);
  expect(replica.keeper.waitsFor()).toBeUndefined();
});

test('a store that does not answer is given up, and asked again', async () => {
  const store = new MemorySecret();
  store.isSilent = true;
  const replica = new CertificateReplica(store, { now: start });
  replica.expire();
  await replica.looked();
  expect(replica.keeper.waitsFor()).toBe('no answer for 15 s');
  store.isSilent = false;
  await replica.look();
  expect(replica.keeper.waitsFor()).toBeUndefined();
});

test.each([
  ['without ca.key', { 'ca.key': undefined }, 'ca.key is missing'],
  [
    'with another ca.key',
    { 'ca.key': 'hello' },
    'ca.key is not the ECDSA P-256 key of a certificate in ca.crt',
  ],
  ['with a broken ca.crt', { 'ca.crt': 'hello' }, 'ca.crt is not made of PEM certificates'],
])('a Secret %s is said to be unusable, and not written', async (_, files, reason) => {
  const store = new MemorySecret();
  const replica = await CertificateReplica.started(store);
  const good = replica.keeper.server().current();
  store.put([...(store.stored?.files ?? []), ...Object.entries(files)]);
  await replica.look();
  expect(store.writes).toBe(1);
  expect(replica.keeper.server().current()).toEqual(good);
  expect(replica.log.lines.at(-1)?.fields).toEqual({
    problem: `the Secret is not used, and not written: ${reason}`,
  });
  const fresh = await CertificateReplica.started(store);
  expect(fresh.keeper.waitsFor()).toContain(reason);
  expect(store.writes).toBe(1);
});

test('a Secret whose leaf or drain key is lost gets them anew, under the same CA', async () => {
  const store = new MemorySecret();
  const replica = await CertificateReplica.started(store);
  const ca = replica.keeper.server().current()?.ca;
  store.put([...(store.stored?.files ?? []), ['tls.key', 'hello'], ['drain.key', undefined]]);
  await replica.look();
  expect(store.writes).toBe(2);
  expect(replica.keeper.server().current()?.ca).toBe(ca);
});

test('a Secret that was deleted is written again as it was', async () => {
  const store = new MemorySecret();
  const replica = await CertificateReplica.started(store);
  const before = store.stored?.files;
  store.stored = undefined;
  await replica.look();
  expect(store.stored).toMatchObject({ files: before });
  expect(replica.changes).toBe(1);
});

test('what somebody else keeps in the Secret stays', async () => {
  const store = new MemorySecret();
  store.put([['note', 'hello']]);
  await CertificateReplica.started(store);
  expect(store.stored?.files.get('note')).toBe('hello');
  expect(store.stored?.files.has('tls.crt')).toBe(true);
});

test('a write that comes too late is no write: what the other one wrote is taken over', async () => {
  const store = new MemorySecret();
  const other = await CertificateReplica.started(store);
  const foreign = store.stored;
  store.stored = undefined;
  store.meanwhile = () => (store.stored = foreign);
  const replica = await CertificateReplica.started(store);
  expect(replica.keeper.server().current()).toEqual(other.keeper.server().current());
  expect(store.writes).toBe(1);
});

test('no key is in what is logged, thrown or shown of a keeper', async () => {
  const store = new MemorySecret();
  const replica = await CertificateReplica.started(store);
  const { privateKey } = await replica.keeper.clientCertificate(web);
  const secrets = [...(store.stored?.files ?? []), ['client', privateKey] as const]
    .filter(([name]) => name.endsWith('.key') || name === 'client')
    .map(([, text]) =>
      text
        .replace(/-----.*-----/g, '')
        .trim()
        .slice(0, 40),
    );
  expect(secrets).toHaveLength(4);
  const keys = [...(store.stored?.files ?? [])].filter(([name]) => name.endsWith('.key'));
  for (const [name, key] of keys) {
    store.put([...(store.stored?.files ?? []), ['ca.crt', key], [name, `${key}broken`]]);
    await replica.look();
  }
  const shown = [
    JSON.stringify(replica.log.lines),
    replica.keeper.waitsFor(),
    inspect(replica.keeper, { depth: 10 }),
    JSON.stringify(replica.keeper),
  ].join();
  expect(replica.log.lines.length).toBeGreaterThan(1);
  for (const secret of secrets) expect(shown).not.toContain(secret);
});
