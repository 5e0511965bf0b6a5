import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { must } from '../../../src/lib/assert.ts';
import { parseObject } from '../../../src/kinds/door.ts';
import type { RowChange } from '../../../src/kinds/row.ts';

export const gateway = 'bench/gateway';

const gatewayApi = 'gateway.networking.k8s.io/v1';
const namespace = 'bench';

/** Rows in the order of a list for each kind. */
export function* fleet(routes: number, endpointsPerService: number): Generator<RowChange> {
  yield put({
    apiVersion: gatewayApi,
    kind: 'GatewayClass',
    metadata: { name: 'sluice' },
    spec: { controllerName: 'sluice.dev/gateway-controller' },
  });
  yield put({
    apiVersion: gatewayApi,
    kind: 'Gateway',
    metadata: { name: 'gateway', namespace },
    spec: { gatewayClassName: 'sluice', listeners: [{ name: 'http', port: 8080, protocol: 'HTTP' }] },
  });
  for (let i = 0; i < routes; i++) {
    yield route(i, 0);
    yield put({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `service-${i}`, namespace },
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    });
    yield slice(i, endpointsPerService, 0);
  }
}

/** A new `revision` changes one header value. */
export function route(i: number, revision: number): RowChange {
  return put({
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: { name: `route-${i}`, namespace, generation: revision + 1 },
    spec: {
      parentRefs: [{ name: 'gateway' }],
      hostnames: [`host-${i}.example.com`],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { set: [{ name: 'x-revision', value: `${revision}` }] },
            },
          ],
          backendRefs: [{ name: `service-${i}`, port: 80 }],
        },
      ],
    },
  });
}

/** A new `revision` replaces the last endpoint, as a restarted pod does. */
export function slice(i: number, endpoints: number, revision: number): RowChange {
  const address = (j: number): string =>
    revision > 0 && j === endpoints - 1
      ? `172.${16 + (revision >> 16)}.${(revision >> 8) & 255}.${revision & 255}`
      : `10.${(i >> 8) & 255}.${i & 255}.${j + 1}`;
  return put({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `service-${i}-x`,
      namespace,
      labels: { 'kubernetes.io/service-name': `service-${i}` },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: endpoints }, (_, j) => ({
      addresses: [address(j)],
      conditions: { ready: true },
    })),
  });
}

export function routeOf(i: number): ResourceKey {
  return resourceKey('HTTPRoute', namespace, `route-${i}`);
}

export function endpointsOf(i: number): string {
  return `${namespace}/service-${i}/80`;
}

export function put(manifest: object): RowChange {
  const parsed = parseObject(manifest);
  if (parsed.kind !== 'row') throw new Error(`bench manifest: ${JSON.stringify(parsed)}`);
  return { kind: 'put', row: must(parsed.row, 'row') };
}
