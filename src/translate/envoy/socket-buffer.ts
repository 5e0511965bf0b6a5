import type { SocketOption } from '../../../proto/gen/envoy/config/core/v3/socket_option.ts';

/**
 * Returns the options that bound the buffers of a socket in the kernel, in both directions, by the numbers of Linux. The
 * kernel takes twice the value, and no more than its `net.core.rmem_max` and `net.core.wmem_max` allow.
 */
export function socketBuffers(bytes: number | undefined): SocketOption[] {
  if (bytes === undefined) return [];
  return [sendBuffer, receiveBuffer].map((name) => ({
    level: socketLevel,
    name,
    value: { $case: 'intValue', value: bytes },
  }));
}

const socketLevel = 1;
const sendBuffer = 7;
const receiveBuffer = 8;
