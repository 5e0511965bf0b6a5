import type { UnitFields } from './unit-def.ts';

/** Returns the ECDS name of the filter. No family of filter slots has this prefix, so it is no part of a slot. */
export function tcpProxyName(unit: UnitFields['TcpProxy']): string {
  return `${prefix}${unit.namespace}/${unit.name}/${tcpProxyPlace(unit)}`;
}

export function parseTcpProxyName(text: string): UnitFields['TcpProxy'] {
  const [namespace = '', name = '', ...place] = text.slice(prefix.length).split('/');
  return { namespace, name, ...parseTcpProxyPlace(place) };
}

type Place = Pick<UnitFields['TcpProxy'], 'port' | 'hostname' | 'policy'>;

export function tcpProxyPlace({ port, hostname, policy }: Place): string {
  return `${port}/${hostname}${policy === undefined ? '' : `/${policy}`}`;
}

export function parseTcpProxyPlace([port = '', hostname = '', ...policy]: readonly string[]): Place {
  return {
    port: Number(port),
    hostname,
    policy: policy.length === 0 ? undefined : policy.join('/'),
  };
}

const prefix = 'tcp_proxy/';
