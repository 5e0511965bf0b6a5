import type { ObjectName, TransportPort } from '../../units/unit-def.ts';

/** Places that a TLSRoute, TCPRoute or UDPRoute has at a Gateway. Does not depend on its backends. */
export interface RoutePlacesRow {
  readonly creationTimestamp: string;
  readonly places: readonly RoutePlace[];
}

export interface PlaceListener {
  /** The ListenerSet that has it; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly name: string;
  readonly hostname: string;
  readonly isPassthrough: boolean;
}

/** A server name of a port that a route serves, or all connections of the port (`*`). */
export interface RoutePlace extends TransportPort {
  readonly hostname: string;
  readonly listener: PlaceListener;
  /** Grows with the specificity of the hostname that the route gives: of several routes, the largest decides. */
  readonly rank: number;
}
