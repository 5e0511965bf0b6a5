import type { BackendAnswer } from './backends.ts';
import type { ProxyHas } from './in-force.ts';

/** Answer for one request at one Gateway. */
export interface GatewayAnswer {
  readonly gateway: string;
  /** One line. */
  readonly answer: string;
  /** Status of an answer that does not come from a backend; undefined: it does, or there is no connection. */
  readonly status: number | undefined;
  readonly listener: ListenerAnswer;
  /** The domain by which Envoy found the routes; undefined: none. */
  readonly domain: string | undefined;
  readonly routes: readonly RouteAnswer[];
  readonly nearMisses: readonly NearMiss[];
  /** Reasons, in full sentences. */
  readonly why: readonly string[];
  readonly proxies: readonly ProxyHas[];
  /** Matches that were tried. */
  readonly looked: number;
}

export interface ListenerAnswer {
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS' | 'bytes' | 'none';
  /** Name of the Envoy filter chain. */
  readonly chain: string | undefined;
  /** Port that Envoy binds, where that is another one. */
  readonly boundPort: number | undefined;
  readonly names: readonly string[];
  readonly certificates: readonly string[];
}

export interface RouteAnswer {
  /** `Kind/namespace/name`; undefined: an answer of Sluice's own. */
  readonly route: string | undefined;
  /** Field path, such as `rules[0].matches[1]`. */
  readonly place: string;
  readonly share: number;
  readonly action: string;
  readonly status: number | undefined;
  readonly backends: readonly BackendAnswer[];
  readonly mirrors: readonly string[];
  readonly effects: readonly string[];
  readonly policies: readonly string[];
}

export interface NearMiss {
  readonly route: string | undefined;
  readonly place: string;
  readonly misses: readonly string[];
}

export interface RequestExplanation {
  readonly url: string;
  readonly method: string;
  /** One line. */
  readonly answer: string;
  readonly gateways: readonly GatewayAnswer[];
}
