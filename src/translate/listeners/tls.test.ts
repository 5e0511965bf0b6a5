import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSigned } from '../../../test/rig/objects/certificate.ts';
import { parseKeyPair } from './tls.ts';

const good = selfSigned(['a.test']);
const other = selfSigned(['b.test']);
const garbled = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test('a certificate with its key is valid, and written anew', () => {
  const noisy = {
    certificate: `# a comment\r\n${good.certificate.replaceAll('\n', '\r\n')}`,
    privateKey: `${good.privateKey}\r\n`,
  };
  expect(parse(good)).toEqual({
    kind: 'valid',
    certificateChain: good.certificate,
    privateKey: good.privateKey,
  });
  expect(parse(noisy)).toEqual(parse(good));
});

test('a chain keeps all its certificates in order', () => {
  const chain = parse({ ...good, certificate: good.certificate + other.certificate });
  expect(chain).toMatchObject({ kind: 'valid', certificateChain: good.certificate + other.certificate });
});

test('an RSA key is valid from 2048 bits on', () => {
  expect(rsa(2048).kind).toBe('valid');
  expect(rsa(1024)).toMatchObject({ kind: 'invalid', message: expect.stringContaining('2048') as unknown });
});

test.each([
  ['a key of another certificate', { ...good, privateKey: other.privateKey }],
  ['no certificate', { ...good, certificate: '' }],
  ['no key', { ...good, privateKey: '' }],
  ['something else than PEM', { certificate: 'hello', privateKey: 'world' }],
  ['a garbled certificate', { ...good, certificate: good.certificate.replace(/[A-Za-z]{9}/, 'AAAAAAAAA') }],
  ['a garbled certificate in the chain', { ...good, certificate: `${good.certificate}${garbled}` }],
  ['a chain without end', { ...good, certificate: good.certificate.repeat(17) }],
  [
    'a key of a curve that Envoy refuses',
    selfSigned(['a.test'], generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
  ],
])('%s is invalid, and the message quotes nothing', (_, pair) => {
  const result = parse(pair);
  expect(result.kind).toBe('invalid');
  expect(JSON.stringify(result)).not.toContain(good.privateKey.slice(40, 60));
});

test('a Secret of another type is invalid', () => {
  const row = { type: 'Opaque', certificate: good.certificate, privateKey: good.privateKey };
  expect(parseKeyPair(row).kind).toBe('invalid');
  expect(parseKeyPair({ type: 'kubernetes.io/tls' }).kind).toBe('invalid');
});

function parse(pair: { certificate: string; privateKey: string }) {
  return parseKeyPair({ type: 'kubernetes.io/tls', ...pair });
}

function rsa(modulusLength: number) {
  return parse(selfSigned(['a.test'], generateKeyPairSync('rsa', { modulusLength })));
}
