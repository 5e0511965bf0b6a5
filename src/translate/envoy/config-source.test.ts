import { expect, test } from 'vitest';
import { ConfigSource } from '../../../proto/gen/envoy/config/core/v3/config_source.ts';
import { encode } from './any.ts';
import { adsConfigSource } from './config-source.ts';

test('the bytes of the ConfigSource never change', () => {
  // If this fails, do not change it here: every proxy that runs would lose its subscriptions. See the file.
  expect(Buffer.from(encode(ConfigSource, adsConfigSource)).toString('hex')).toBe('1a002202080f3002');
});
