import { expect, test } from 'vitest';
import { parseDiscovery } from './discovery.ts';

const issuer = 'https://idp.test/realm';
const good = {
  issuer,
  authorization_endpoint: 'https://idp.test/auth?prompt=login',
  token_endpoint: 'https://token.idp.test:8443/token',
  end_session_endpoint: 'https://idp.test/logout',
  jwks_uri: 'http://ignored.test',
};
const parse = (value: unknown) => parseDiscovery(JSON.stringify(value), issuer);

test('endpoints are read, and the logout endpoint may be missing', () => {
  const endpoints = {
    authorizationEndpoint: good.authorization_endpoint,
    tokenEndpoint: good.token_endpoint,
    endSessionEndpoint: good.end_session_endpoint,
  };
  expect(parse(good)).toEqual({ kind: 'endpoints', endpoints });
  expect(parse({ ...good, end_session_endpoint: undefined })).toEqual({
    kind: 'endpoints',
    endpoints: { ...endpoints, endSessionEndpoint: undefined },
  });
});

const fields = ['authorization_endpoint', 'token_endpoint', 'end_session_endpoint'] as const;
const wrong = [
  'http://idp.test/x',
  'ftp://idp.test/x',
  'https://user:secret@idp.test/x',
  'https://idp.test/#x',
  'https://idp.test/ x',
  'https://idp.test/"x',
  'https://idp.test/\nx',
  'https:///x',
  'https://idp.test:99999/x',
  `https://idp.test/${'x'.repeat(2048)}`,
  '',
  1,
  null,
  ['https://idp.test/x'],
  {},
];

test.each(fields.flatMap((field) => wrong.map((value): [string, unknown] => [field, value])))(
  'a document with %s %j is bad as a whole',
  (field, value) => {
    const found = parse({ ...good, [field]: value });
    expect(found).toEqual({ kind: 'bad', problem: expect.stringContaining(field) as string });
  },
);

test.each(['https://10.0.0.1/t', 'https://0x7f.1/t', 'https://2130706433/t', 'https://[::1]/t'])(
  'a token endpoint at the address %s is bad',
  (url) => {
    expect(parse({ ...good, token_endpoint: url }).kind).toBe('bad');
  },
);

test.each(['https://idp.test/realm/', 'https://idp.test/Realm', 'https://evil.test', undefined, [issuer]])(
  'a document of the issuer %j is not taken for that of another',
  (other) => {
    expect(parse({ ...good, issuer: other })).toMatchObject({ problem: expect.stringContaining('issuer') });
  },
);

test.each(['', 'none', '[]', 'null', '1', '"x"', '{', '['.repeat(30_000)])('%j is no document', (text) => {
  expect(parseDiscovery(text, issuer).kind).toBe('bad');
});

test('a problem quotes nothing of the document', () => {
  const secret = 'canary-6b1f';
  for (const field of ['issuer', ...fields]) {
    const found = parse({ ...good, [field]: `http://${secret}` });
    expect(JSON.stringify(found)).not.toContain(secret);
  }
});
