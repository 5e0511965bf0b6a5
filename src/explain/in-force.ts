import type {
  ClusterJson,
  EndpointsJson,
  ListenerJson,
  RouteConfigurationJson,
  RouteJson,
} from './envoy-json.ts';

/**
 * Answers what a process has in force. Each call reads one small part and changes nothing: proxies of a Gateway may have
 * thousands of resources.
 */
export interface InForce {
  /** Lists the Gateways that listen on a port. */
  listening(port: number, host: string): Promise<readonly ListeningGateway[]>;
  listeners(gateway: string, names: readonly string[]): Promise<readonly ListenerJson[]>;
  routeConfigurations(gateway: string, names: readonly string[]): Promise<readonly RouteConfigurationJson[]>;
  clusters(gateway: string, names: readonly string[]): Promise<readonly ClusterJson[]>;
  endpoints(gateway: string, names: readonly string[]): Promise<readonly EndpointsJson[]>;
  /** Returns the most specific virtual host of a RouteConfiguration that takes the host. */
  host(gateway: string, routeConfiguration: string, host: string): Promise<HostInForce | undefined>;
  /** `names`: `Kind/namespace/name`. Leaves out objects that do not exist. */
  objects(names: readonly string[]): Promise<readonly ObjectInForce[]>;
  /** Lists the routes whose spec names the Gateway and covers the host, served or not. */
  routesFor(gateway: string, host: string): Promise<readonly ObjectInForce[]>;
  /** Lists where a route or policy is in force: the domains of its parts, with its entries. */
  placesOf(object: string): Promise<readonly PlaceInForce[]>;
  proxies(gateway: string, resources: readonly ResourceId[]): Promise<readonly ProxyHas[]>;
}

export interface ListeningGateway {
  readonly gateway: string;
  /** Name of the Listener resource. */
  readonly listener: string;
  /** True when one of its tables has a domain for the host. */
  readonly hasHost: boolean;
}

export interface HostInForce {
  /** Resource that holds the virtual host. */
  readonly resource: ResourceId;
  readonly domain: string;
  /** In the order in which Envoy tries them. */
  readonly entries: readonly EntryInForce[];
}

/** Routes that Envoy has for one match of a rule. */
export interface EntryInForce {
  /** `Kind/namespace/name`; undefined: an answer of Sluice's own, such as to a misdirected request. */
  readonly route: string | undefined;
  /** Position of the rule in the route's spec, and of the match in it. */
  readonly rule: number;
  readonly match: number;
  /** Policies that shape the route at this Gateway, some of them another rule. */
  readonly policies: readonly string[];
  readonly routes: readonly RouteJson[];
}

export interface PlaceInForce {
  readonly gateway: string;
  readonly routeConfiguration: string;
  readonly domain: string;
  readonly resource: ResourceId;
  readonly entries: number;
}

export interface ObjectInForce {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Generation of the object as it is now. */
  readonly generation: number;
  /** Status that it should have; undefined: Sluice does not report on it. */
  readonly status: unknown;
  /** References of a route or policy to what it belongs to, such as `Gateway/default/web` or `HTTPRoute/default/app#rule`. */
  readonly targets: readonly string[];
  readonly hostnames: readonly string[];
  readonly listeners: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: string;
    readonly hostname: string;
  }[];
}

export interface ResourceId {
  /** Plural, such as `clusters`. */
  readonly type: string;
  readonly name: string;
}

/** Tells which of the asked resources a proxy lacks. */
export interface ProxyHas {
  readonly proxy: string;
  readonly lacks: readonly (ResourceId & {
    readonly why: string;
    readonly forMs: number;
    readonly message?: string;
  })[];
}
