import { endpointsName, parseEndpointsName, type EndpointsIdentity } from './cluster-name.ts';

/** Endpoints of several Services. Named by its content, so that an endpoint's change concerns this one resource. */
export interface WeightedEndpoints {
  /** Namespace of the route, which pays for the translation. */
  readonly namespace: string;
  /** Sorted by name. */
  readonly backends: readonly WeightedBackend[];
}

export interface WeightedBackend {
  /** Undefined: an invalid backend, whose share of the traffic is lost. */
  readonly of: EndpointsIdentity | undefined;
  /** 1 at least. */
  readonly weight: number;
}

/** Returns the EDS name, such as `default/udp:7@default/dns/53+3@default/dns-next/53`. */
export function weightedEndpointsName({ namespace, backends }: WeightedEndpoints): string {
  const [only] = backends;
  const isLone = backends.length === 1;
  const parts = (isLone && only !== undefined ? [{ ...only, weight: 1 }] : backends)
    .map(({ of, weight }) => `${weight}@${of === undefined ? '' : endpointsName(of)}`)
    .sort();
  return `${namespace}/${prefix}${parts.join('+')}`;
}

export function parseWeightedEndpoints(name: string): WeightedEndpoints {
  const slash = name.indexOf('/');
  const list = name.slice(slash + 1 + prefix.length);
  const backends = list === '' ? [] : list.split('+').map(parseBackend);
  return { namespace: name.slice(0, slash), backends };
}

function parseBackend(text: string): WeightedBackend {
  const at = text.indexOf('@');
  const of = text.slice(at + 1);
  return { weight: Number(text.slice(0, at)), of: of === '' ? undefined : parseEndpointsName(of) };
}

const prefix = 'udp:';
