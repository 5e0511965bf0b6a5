import type { Manifest } from '../../../test/rig/kube/kube-client.ts';

/** Objects of the benchmark: for each route a Service with one EndpointSlice. */
export const namespace = 'bench';
export const gatewayName = { namespace, name: 'web' };
/** Port of the Gateway's listener; Envoy Gateway's own process has 8080. */
export const listenerPort = 8088;
/** Port of every endpoint; all their addresses are of this machine, where one backend answers. */
export const backendPort = 9090;

export type Hosts = 'each' | 'one';

const gatewayApi = 'gateway.networking.k8s.io/v1';

export function gateway(gatewayClassName: string, name = gatewayName.name): Manifest {
  return {
    apiVersion: gatewayApi,
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { gatewayClassName, listeners: [{ name: 'http', port: listenerPort, protocol: 'HTTP' }] },
  };
}

export function hostOf(i: number, hosts: Hosts): string {
  return hosts === 'one' ? 'all.bench.test' : `host-${i}.bench.test`;
}

export function pathOf(i: number, hosts: Hosts): string {
  return hosts === 'one' ? `/route-${i}` : '/';
}

export interface RouteOptions {
  readonly hosts?: Hosts;
  readonly gateway?: string;
  /** Service of the backend, by number. */
  readonly service?: number;
}

/** A new `revision` changes the value of one response header, which a client of the proxy sees. */
export function route(i: number, revision: number, options: RouteOptions = {}): Manifest {
  const { hosts = 'each', gateway: parent = gatewayName.name, service: backend = i } = options;
  return {
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: { name: `route-${i}`, namespace },
    spec: {
      parentRefs: [{ name: parent }],
      hostnames: [hostOf(i, hosts)],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: pathOf(i, hosts) } }],
          filters: [
            {
              type: 'ResponseHeaderModifier',
              responseHeaderModifier: { set: [{ name: revisionHeader, value: revisionOf(revision) }] },
            },
          ],
          backendRefs: [{ name: `service-${backend}`, port: 80 }],
        },
      ],
    },
  };
}

export const revisionHeader = 'x-bench-revision';

/** Has a fixed length, so that no revision is a part of another. */
export function revisionOf(revision: number): string {
  return `revision-${String(revision).padStart(8, '0')}`;
}

export function service(i: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `service-${i}`, namespace },
    spec: { ports: [{ port: 80, targetPort: backendPort }] },
  };
}

/** A new `revision` replaces the last endpoint, as a restarted pod does. */
export function slice(i: number, endpoints: number, revision: number): Manifest {
  return sliceOf(i, addressesOf(i, endpoints, revision));
}

export function sliceOf(i: number, addresses: readonly string[]): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `service-${i}-1`,
      namespace,
      labels: { 'kubernetes.io/service-name': `service-${i}` },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: backendPort, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true },
    })),
  };
}

/** Revision 0 has addresses of 10.128.0.0/10 from the low end, later ones have markers. */
function addressesOf(i: number, endpoints: number, revision: number): string[] {
  return Array.from({ length: endpoints }, (_, j) => {
    const n = i * endpoints + j;
    if (revision > 0 && j === endpoints - 1) return markerAddress(revision);
    return `10.${128 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
  });
}

/** Addresses of one length in 10.140.0.0 to 10.189.255.255, below which there is room for 780,000 endpoints. */
export function markerAddress(revision: number): string {
  const [high, middle, low] = [
    Math.floor(revision / 10_000) % 50,
    Math.floor(revision / 100) % 100,
    revision % 100,
  ];
  return `10.${140 + high}.${100 + middle}.${100 + low}`;
}

/** Every address of an endpoint. */
export const endpointRange = '10.128.0.0/10';
