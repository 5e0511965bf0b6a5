import { afterEach, beforeEach, expect, test } from 'vitest';
import { resourceKey } from '../lib/key.ts';
import { oidcProviderKey, type ProviderRef } from '../units/oidc-provider-key.ts';
import { bad, KeptDocuments, known, noAnswer, ttlMs } from '../../test/rig/documents/kept-documents.ts';

let documents: KeptDocuments;

beforeEach(() => {
  documents = new KeptDocuments();
});
afterEach(() => documents.close());

const since = '2026-01-01T00:00:00.000Z';

test('a document is unknown until its provider has answered', async () => {
  documents.want('team', 'a', 'idp.test');
  expect(documents.reported).toEqual([]);
  await documents.clock.advanceBy(0);
  expect(documents.row('team', 'idp.test')).toEqual({ state: 'unknown', since });
  documents.answer('up.test', known());
  documents.want('team', 'b', 'up.test');
  await documents.clock.advanceBy(0);
  expect(documents.row('team', 'up.test')).toEqual({
    state: 'known',
    authorizationEndpoint: 'https://idp.test/auth',
    tokenEndpoint: 'https://idp.test/token',
    since,
  });
});

test('policies of a namespace that name one provider cost one attempt, and namespaces share none', async () => {
  documents.answer('idp.test', known());
  for (let i = 0; i < 100; i++) documents.want('team', `p${i}`, 'idp.test');
  documents.want('other', 'p', 'idp.test');
  await documents.clock.advanceBy(0);
  expect(documents.asked.map(({ namespace }) => namespace)).toEqual(['team', 'other']);
  expect(documents.reported.filter(({ row }) => row?.state === 'known')).toHaveLength(2);
  for (let i = 0; i < 100; i++) documents.want('team', `p${i}`, undefined);
  await documents.clock.advanceBy(ttlMs * 2);
  expect(documents.row('team', 'idp.test')).toBeUndefined();
  expect(documents.asked.filter(({ namespace }) => namespace === 'team')).toHaveLength(1);
  expect(documents.keeper.state().documents.known).toBe(1);
});

test.each([
  ['a provider that does not answer', noAnswer],
  ['a document that is bad', bad],
  ['a fault of Sluice', new Error('bug')],
] as const)('with %s, the last good document stays, and says why', async (_, fault) => {
  documents.answer('idp.test', known());
  documents.want('team', 'a', 'idp.test');
  await documents.clock.advanceBy(0);
  documents.answer('idp.test', fault);
  await documents.clock.advanceBy(ttlMs);
  expect(documents.row('team', 'idp.test')).toMatchObject({
    state: 'known',
    tokenEndpoint: 'https://idp.test/token',
    since,
    message: expect.stringMatching(/./) as string,
    nextAttempt: expect.any(String) as string,
  });
  documents.answer('idp.test', known('new/'));
  await documents.clock.advanceBy(300_000);
  expect(documents.row('team', 'idp.test')).toEqual({
    state: 'known',
    authorizationEndpoint: 'https://idp.test/new/auth',
    tokenEndpoint: 'https://idp.test/new/token',
    since,
  });
});

test('with other CAs the document stays in use until its issuer has answered by them, and another issuer begins anew', async () => {
  const policy = resourceKey('OidcProvider', 'team', 'a');
  const issuer = 'https://idp.test';
  documents.answer('idp.test', known());
  documents.want('team', 'a', 'idp.test');
  await documents.clock.advanceBy(0);
  const rowOf = (provider: ProviderRef) =>
    documents.reported.findLast(({ key }) => key === oidcProviderKey('team', provider))?.row;
  documents.answers.delete(issuer);
  documents.keeper.set(policy, { issuer, ca: 'other' });
  await documents.clock.advanceBy(0);
  expect(documents.asked.at(-1)).toMatchObject({ issuer, ca: 'other' });
  expect(rowOf({ issuer, ca: 'other' })).toMatchObject({ state: 'known', since });
  documents.answer('idp.test', known('new/'));
  documents.release();
  await documents.clock.advanceBy(0);
  expect(rowOf({ issuer, ca: 'other' })).toMatchObject({ tokenEndpoint: 'https://idp.test/new/token' });
  documents.keeper.set(policy, { issuer: 'https://up.test', ca: 'other' });
  await documents.clock.advanceBy(0);
  expect(rowOf({ issuer: 'https://up.test', ca: 'other' })).toMatchObject({ state: 'unknown' });
});

test('a document that stays the same changes no row, however often it is fetched', async () => {
  documents.answer('idp.test', known());
  documents.want('team', 'a', 'idp.test');
  await documents.clock.advanceBy(0);
  const before = documents.reported.length;
  await documents.clock.advanceBy(ttlMs * 10);
  expect(documents.asked.length).toBeGreaterThan(9);
  expect(documents.reported).toHaveLength(before);
});

test('a first answer that is bad is tried again, later each time, and is one line of the log', async () => {
  documents.answer('idp.test', bad);
  documents.want('team', 'a', 'idp.test');
  await documents.clock.advanceBy(60_000);
  expect(documents.row('team', 'idp.test')).toMatchObject({ state: 'denied', message: bad.message });
  expect(documents.asked.length).toBeGreaterThan(3);
  expect(documents.asked.length).toBeLessThan(20);
  expect(documents.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  documents.answer('idp.test', known());
  await documents.clock.advanceBy(300_000);
  expect(documents.row('team', 'idp.test')?.state).toBe('known');
});

test('providers that hang take half of the places, and delay no document of another namespace', async () => {
  for (let i = 0; i < 50; i++) documents.want('evil', `p${i}`, `hang${i}.test`);
  await documents.clock.advanceBy(0);
  expect(documents.asked).toHaveLength(2);
  for (let i = 0; i < 20; i++) {
    documents.answer(`up${i}.test`, known());
    documents.want('team', `p${i}`, `up${i}.test`);
  }
  await documents.clock.advanceBy(0);
  expect(documents.asked).toHaveLength(22);
  expect(documents.keeper.state()).toMatchObject({ documents: { known: 20, unknown: 50 }, backlog: 50 });
});

test('a provider that does not answer is probed once at a time for all that wait for it', async () => {
  documents.answer('down.test', noAnswer);
  for (let i = 0; i < 10; i++)
    documents.keeper.set(`OidcProvider/team/p${i}` as never, { issuer: `https://down.test/${i}` });
  for (let i = 0; i < 10; i++) documents.answer(`down.test/${i}`, noAnswer);
  await documents.clock.advanceBy(20_000);
  expect(documents.keeper.state().servers).toMatchObject({ open: 1, closed: 0 });
  const before = documents.asked.length;
  await documents.clock.advanceBy(300_000);
  expect(documents.asked.length - before).toBeLessThan(20);
});

test.each([
  'http://idp.test',
  'file:///etc/passwd',
  'none',
  '',
  'https://a@idp.test',
  'https://idp.test?x',
  '//idp',
])('the issuer %j names no provider: nothing is asked', async (issuer) => {
  documents.keeper.set('OidcProvider/team/a' as never, { issuer });
  await documents.clock.advanceBy(0);
  expect(documents.reported.at(-1)?.row?.state).toBe('denied');
  expect(documents.asked).toEqual([]);
});

test('an answer that comes after its policy has no effect', async () => {
  documents.want('team', 'a', 'idp.test');
  await documents.clock.advanceBy(0);
  documents.want('team', 'a', undefined);
  await documents.clock.advanceBy(0);
  await documents.close();
  expect(documents.reported.at(-1)?.row).toBeUndefined();
});
