import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import { compareAddresses, parseAddress } from './address.ts';

test.each([
  ['10.0.0.1', 'IPAddress', '10.0.0.1'],
  ['2001:DB8:0::1', 'IPAddress', '2001:db8::1'],
  ['lb-1.eu.example.com', 'Hostname', 'lb-1.eu.example.com'],
  ['localhost', 'Hostname', 'localhost'],
])('%s is an address', (text, type, value) => {
  expect(parseAddress(text)).toEqual({ type, value });
});

/** Covers texts that have broken whole statuses: https://github.com/envoyproxy/gateway/issues/6142 */
test.each([
  'None',
  '',
  ' ',
  '<pending>',
  '10.0.0.256',
  '10.0.0',
  '10.0.0.1.2',
  '10.0.0.1/32',
  '10.0.0.1:80',
  'fe80::1%eth0',
  '[::1]',
  '*.example.com',
  'a..b',
  'example.com.',
  'Example.com',
  '-a.com',
  'a_b.com',
  'http://a.com',
  `${'a'.repeat(64)}.com`,
  'a.'.repeat(127),
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('whatever text there is, an address is an IP address or a name that the API takes', () => {
  const apiHostname = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[a-zA-Z0-9.:-]{0,20}$/),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
  );
  fc.assert(
    fc.property(text, (value) => {
      const address = parseAddress(value);
      if (address?.type === 'Hostname') expect(address.value).toMatch(apiHostname);
      if (address !== undefined) expect(parseAddress(address.value)).toEqual(address);
    }),
  );
});

test('IPv4 comes before IPv6 and both before names', () => {
  const texts = ['b.example.com', '2001:db8::1', '9.0.0.1', 'a.example.com', '10.0.0.1'];
  const sorted = texts.map((text) => must(parseAddress(text), text)).sort(compareAddresses);
  expect(sorted.map(({ value }) => value)).toEqual([
    '10.0.0.1',
    '9.0.0.1',
    '2001:db8::1',
    'a.example.com',
    'b.example.com',
  ]);
});
