import { expect, test } from 'vitest';
import { MemoryReader } from '../../../../test/rig/pipeline/memory-reader.ts';
import { oidcProviderRow, type OidcProviderRow } from '../../../kinds/own/oidc-provider.ts';
import { oidcProviderKey } from '../../../units/oidc-provider-key.ts';
import { providerKeys, providerOf } from './provider-document.ts';

const provider = { issuer: 'https://idp.test/realm' };
const since = '2026-01-01T00:00:00.000Z';

function found(row: OidcProviderRow | undefined, home = 'team') {
  const reader = new MemoryReader([]);
  const key = oidcProviderKey('team', provider);
  if (row !== undefined) reader.rows.set(key, oidcProviderRow(key, row));
  const document = providerOf(reader, home, provider);
  expect([...reader.reads]).toEqual(providerKeys(home, provider));
  return document;
}

const endpoints = { authorizationEndpoint: 'https://idp.test/auth', tokenEndpoint: 'https://idp.test/token' };

test('endpoints of a document that was once fetched are the same whatever became of a later check', () => {
  const known = { kind: 'known', ...endpoints, endSessionEndpoint: undefined };
  expect(found({ state: 'known', ...endpoints, since })).toEqual(known);
  expect(found({ state: 'known', ...endpoints, since, message: 'no answer', nextAttempt: since })).toEqual(
    known,
  );
});

test.each<[OidcProviderRow | undefined, string, string]>([
  [undefined, 'Pending', 'the document of the provider is about to be fetched'],
  [{ state: 'unknown', since }, 'Pending', `the document is being fetched since ${since}`],
  [
    { state: 'denied', since, message: 'idp.test answers 404' },
    'Denied',
    `the document cannot be used since ${since}: idp.test answers 404`,
  ],
  [
    { state: 'unreachable', since, message: 'idp.test does not answer in time', nextAttempt: since },
    'Unreachable',
    `the document cannot be fetched since ${since}: idp.test does not answer in time; next attempt at ${since}`,
  ],
])('without a document the policy waits: %j', (row, reason, message) => {
  expect(found(row)).toEqual({ kind: 'waiting', reason, message });
});

test('a namespace sees no document of another, nor one that was read by another CA', () => {
  const row = { state: 'known', ...endpoints, since } as const;
  expect(found(row, 'other').kind).toBe('waiting');
  expect(oidcProviderKey('team', { ...provider, ca: 'x' })).not.toBe(oidcProviderKey('team', provider));
});
