import type { UnitFields } from './unit-def.ts';

/** Returns the ECDS name of the filter. No family of filter slots has this prefix, so it is no part of a slot. */
export function tcpProxyName({ namespace, name, port, hostname }: UnitFields['TcpProxy']): string {
  return `${prefix}${namespace}/${name}/${port}/${hostname}`;
}

export function parseTcpProxyName(text: string): UnitFields['TcpProxy'] {
  const [namespace = '', name = '', port = '', hostname = ''] = text.slice(prefix.length).split('/');
  return { namespace, name, port: Number(port), hostname };
}

const prefix = 'tcp_proxy/';
