/** Facts of endpoints that the clusters of a policy need beyond addresses. They are part of the EDS name. */
export interface EndpointOptions {
  /** Port of health checks; undefined: that of the endpoint. */
  readonly checkPort?: number | undefined;
  /** Weights of zones, sorted by zone; others weigh 1. Undefined: no zones. */
  readonly zones?: readonly ZoneWeight[] | undefined;
}

export interface ZoneWeight {
  readonly zone: string;
  /** 0: no requests. */
  readonly weight: number;
}

/** Returns a suffix such as `/@check=9090/@zones=a=2,b=0`. Zones are values of labels, so none has these signs. */
export function endpointOptionsPart(options: EndpointOptions | undefined): string {
  const { checkPort, zones } = options ?? {};
  const check = checkPort === undefined ? '' : `${checkMark}${checkPort}`;
  const list = zones?.map(({ zone, weight }) => `${zone}=${weight}`).join(',');
  return list === undefined ? check : `${check}${zonesMark}${list}`;
}

/** Splits a name that may end with options. */
export function parseEndpointOptions(name: string): {
  readonly plain: string;
  readonly options: EndpointOptions | undefined;
} {
  const end = name.indexOf('/@');
  if (end < 0) return { plain: name, options: undefined };
  const [beforeZones = '', list] = name.slice(end).split(zonesMark);
  const [, port] = beforeZones.split(checkMark);
  return {
    plain: name.slice(0, end),
    options: {
      ...(port === undefined ? {} : { checkPort: Number(port) }),
      ...(list === undefined ? {} : { zones: list.split(',').map(parseZone) }),
    },
  };
}

function parseZone(text: string): ZoneWeight {
  const [zone = '', weight = ''] = text.split('=');
  return { zone, weight: Number(weight) };
}

const checkMark = '/@check=';
const zonesMark = '/@zones=';
