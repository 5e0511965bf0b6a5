import type { ServedProtocol } from '../../kinds/derived/effective-listeners.ts';
import type { RouteKind } from '../../kinds/route-kind.ts';
import type { Transport, TransportPort } from '../../units/unit-def.ts';

interface ProtocolDef {
  /** Listeners of different transports may have the same port. */
  readonly transport: Transport;
  /** Field by which Envoy tells listeners of one port apart, and in which they must agree; `port`: it has one listener. */
  readonly apart: 'host' | 'serverName' | 'port';
  /** True: Envoy ends TLS, so the listener needs a certificate. */
  readonly endsTls: boolean;
  readonly carries: 'http' | 'bytes';
  /** List in the order in which the status has them. */
  readonly routes: readonly RouteKind[];
}

const http = ['HTTPRoute', 'GRPCRoute'] as const;

/** Listener protocols that are served, with the kinds of routes that may attach. */
export const protocols: Readonly<Record<ServedProtocol, ProtocolDef>> = {
  HTTP: { transport: 'tcp', apart: 'host', endsTls: false, carries: 'http', routes: http },
  TLS: {
    transport: 'tcp',
    apart: 'serverName',
    endsTls: true,
    carries: 'bytes',
    routes: ['TLSRoute', 'TCPRoute'],
  },
  TLSPassthrough: {
    transport: 'tcp',
    apart: 'serverName',
    endsTls: false,
    carries: 'bytes',
    routes: ['TLSRoute'],
  },
  TCP: { transport: 'tcp', apart: 'port', endsTls: false, carries: 'bytes', routes: ['TCPRoute'] },
  UDP: { transport: 'udp', apart: 'port', endsTls: false, carries: 'bytes', routes: ['UDPRoute'] },
  HTTPS: { transport: 'tcp', apart: 'serverName', endsTls: true, carries: 'http', routes: http },
};

/** Returns true when a filter chain serves the listener alone, chosen by server name. */
export function hasOwnChain({ protocol }: { readonly protocol: ServedProtocol }): boolean {
  return protocols[protocol].apart === 'serverName';
}

export function endsTls({ protocol }: { readonly protocol: ServedProtocol }): boolean {
  return protocols[protocol].endsTls;
}

export function carriesHttp({ protocol }: { readonly protocol: ServedProtocol }): boolean {
  return protocols[protocol].carries === 'http';
}

/** Names of protocols in listeners. */
export const protocolNames = [
  'HTTP',
  'HTTPS',
  'TLS',
  'TCP',
  'UDP',
] as const satisfies readonly ServedProtocol[];

/** Returns undefined for a protocol or mode that Sluice does not serve. */
export function protocolNamed(name: string, mode: 'Terminate' | 'Passthrough'): ServedProtocol | undefined {
  const protocol = protocolNames.find((one) => one === name);
  if (mode === 'Terminate' || protocol === undefined) return protocol;
  return protocol === 'TLS' ? 'TLSPassthrough' : undefined;
}

export const routeGroup = 'gateway.networking.k8s.io';

interface OnPort {
  readonly protocol: ServedProtocol;
  readonly listener: { readonly port: number };
}

export function placeOf({ protocol, listener: { port } }: OnPort): TransportPort {
  return { transport: protocols[protocol].transport, port };
}

/** Returns listeners that share a port, in the order of each port's first. Costs O(listeners). */
export function byPort<L extends OnPort>(listeners: readonly L[]): [L, ...L[]][] {
  const ports = new Map<string, [L, ...L[]]>();
  for (const one of listeners) {
    const { transport, port } = placeOf(one);
    const name = `${transport}/${port}`;
    const others = ports.get(name);
    if (others === undefined) ports.set(name, [one]);
    else others.push(one);
  }
  return [...ports.values()];
}
