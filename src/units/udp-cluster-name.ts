import type { UnitFields } from './unit-def.ts';

/** Returns a name that no cluster of a Service has, as no namespace has a colon. The same whichever route the port has. */
export function udpClusterName({ namespace, name, port }: UnitFields['UdpCluster']): string {
  return `udp:${namespace}/${name}/${port}`;
}
