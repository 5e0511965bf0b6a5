import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';

test.each([
  '127.0.0.1',
  '127.255.0.9',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  'localhost',
  'LOCALHOST',
])('%s is a loopback address', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example.com', '127.1', '', '__proto__'])(
  '%j is none',
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);
