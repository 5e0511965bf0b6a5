import { expect, test } from 'vitest';
import { TypedExtensionConfig } from '../../proto/gen/envoy/config/core/v3/extension.ts';
import { growMessage } from './grow-message.ts';

const depth = 5;
const textOf = (length: number): Uint8Array =>
  TypedExtensionConfig.encode({ name: 'a'.repeat(length) }).finish();

/** Returns bytes inside of messages, each the last field of the one around it. */
function nested(bytes: Uint8Array, levels = depth): Uint8Array {
  if (levels === 0) return bytes;
  const typedConfig = { typeUrl: 'outside', value: nested(bytes, levels - 1) };
  return TypedExtensionConfig.encode({ name: 'a', typedConfig }).finish();
}

const path = Array.from({ length: depth }, () => [2, 2]).flat();

test.each([0, 1, 60, 127, 128, 16_200, 16_384, 20_000, 2_097_152])(
  'a message with %i bytes more is what it would be if it were written with them',
  (length) => {
    const [first, more] = [textOf(8), textOf(length)];
    const grown = Buffer.concat([growMessage(nested(first), path, more.length), more]);
    expect(grown.equals(nested(Buffer.concat([first, more])))).toBe(true);
  },
);
