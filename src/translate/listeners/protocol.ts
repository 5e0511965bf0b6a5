import type { RouteKind, ServedProtocol } from '../../kinds/derived/effective-listeners.ts';
import type { ListenerTransport } from '../../units/unit-def.ts';

interface ProtocolDef {
  /** Carries the connections. Listeners of different transports may have the same port. */
  readonly transport: ListenerTransport;
  /** Listeners of one port must agree in it: Envoy tells them apart by server name, or by Host. */
  readonly security: 'cleartext' | 'tls';
  /** List in the order in which the status has them. */
  readonly routes: readonly RouteKind[];
}

/** Listener protocols that are served, with the kinds of routes that may attach. */
export const protocols = {
  HTTP: { transport: 'tcp', security: 'cleartext', routes: ['HTTPRoute'] },
  HTTPS: { transport: 'tcp', security: 'tls', routes: ['HTTPRoute'] },
} as const satisfies Readonly<Record<ServedProtocol, ProtocolDef>>;

export function isProtocol(name: string): name is ServedProtocol {
  return Object.hasOwn(protocols, name);
}

export const routeGroup = 'gateway.networking.k8s.io';
