import {
  SocketAddress_Protocol,
  type SocketAddress,
} from '../../../proto/gen/envoy/config/core/v3/address.ts';
import type { AddressIR } from '../listener-ir.ts';

export function socketAddress({ ipFamily, bindPort }: AddressIR): SocketAddress {
  return {
    address: ipFamily === 'IPv4' ? '0.0.0.0' : '::',
    portSpecifier: { $case: 'portValue', value: bindPort },
    ...(ipFamily === 'DualStack' ? { ipv4Compat: true } : {}),
  };
}

export function udpAddress(of: AddressIR): SocketAddress {
  return { ...socketAddress(of), protocol: SocketAddress_Protocol.UDP };
}
