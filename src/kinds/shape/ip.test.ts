import { isIP, SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './ip.ts';

test('an IPv4 address survives parsing and formatting', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(formatIPv4(parseIPv4(address) ?? -1)).toBe(address);
    }),
  );
});

test('an IPv6 address is formatted as the operating system does it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const words = parseIPv6(address);
      // The system writes ::a.b.c.d for the deprecated IPv4-compatible range, RFC 5952 does not ask for it.
      fc.pre(words !== undefined && (words[0] !== 0 || words[1] !== 0 || words[2] !== 0));
      expect(formatIPv6(words)).toBe(new SocketAddress({ address, family: 'ipv6' }).address);
    }),
  );
});

test.each([
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::FFFF:1.2.3.4', '::ffff:1.2.3.4'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('%s is %s in canonical form', (address, canonical) => {
  const words = parseIPv6(address);
  expect(words && formatIPv6(words)).toBe(canonical);
});

test('what the operating system takes for no address is none', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9a-f:.]{0,40}$/),
    fc.stringMatching(/^[0-9.]{5,17}$/),
  );
  fc.assert(
    fc.property(text, (address) => {
      if (isIP(address) !== 4) expect(parseIPv4(address)).toBeUndefined();
      if (isIP(address) !== 6) expect(parseIPv6(address)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test.each([
  '1:::2',
  ':1',
  '1:',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2:3:4:5:6:7:8',
  'fe80::1%eth0',
])('%s is no IPv6 address', (address) => expect(parseIPv6(address)).toBeUndefined());
