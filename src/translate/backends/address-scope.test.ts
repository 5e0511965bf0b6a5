import { expect, test } from 'vitest';
import { addressScope } from './address-scope.ts';

test.each([
  ['10.0.0.1', 'routable'],
  ['172.16.0.1', 'routable'],
  ['1.2.3.4', 'routable'],
  ['223.255.255.255', 'routable'],
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['0.0.0.0', 'local'],
  ['0.1.2.3', 'local'],
  ['169.254.169.254', 'local'],
  ['224.0.0.1', 'local'],
  ['255.255.255.255', 'local'],
  ['2001:db8::1', 'routable'],
  ['fd00::1', 'routable'],
  ['::1', 'loopback'],
  ['::', 'local'],
  ['fe80::1', 'local'],
  ['feb0::1', 'local'],
  ['ff02::1', 'local'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:169.254.169.254', 'local'],
  ['::ffff:7f00:1', 'loopback'],
  ['::7f00:1', 'loopback'],
  ['::ffff:10.0.0.1', 'routable'],
])('%s is %s', (address, scope) => {
  expect(addressScope(address)).toBe(scope);
});
