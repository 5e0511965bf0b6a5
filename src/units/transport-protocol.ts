import type { Transport } from './unit-def.ts';

/** Name of the transport in ports of Kubernetes. */
export type TransportProtocol = 'TCP' | 'UDP';

export function protocolOf(transport: Transport): TransportProtocol {
  return transport === 'udp' ? 'UDP' : 'TCP';
}
