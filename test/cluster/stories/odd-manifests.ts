import * as fc from 'fast-check';
import { anyIngress, type Ingress } from '../../rig/objects/odd-service.ts';

/** A Service before a Gateway's proxies, in terms that a real API server accepts. */
export interface OddProxies {
  /** A `None` can neither become an address nor come from one, so `headless` has a name of its own. */
  readonly name: 'headless' | 'one' | 'other';
  readonly envoyService: object;
  readonly states: readonly OddState[];
  readonly end: 'stays' | 'deleted' | 'terminating';
}

/** Fields that others than Sluice write. */
export interface OddState {
  readonly ingress: readonly Ingress[];
  readonly externalIPs: readonly string[];
}

export interface OddBackend {
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly type: string;
    readonly ports: readonly Port[];
  };
  readonly slice: { readonly addressType: string; readonly [field: string]: unknown };
}

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
  readonly targetPort?: unknown;
}

/** A class without a controller in the cluster: the story plays it. */
const loadBalancerClass = 'example.com/odd';

export function anyOddProxies(states: number): fc.Arbitrary<OddProxies> {
  const exact = { minLength: states, maxLength: states };
  const state = fc.record({ ingress: anyIngress(), externalIPs: fc.array(externalIP, { maxLength: 3 }) });
  return fc
    .record({
      kind: fc.oneof({ weight: 6, arbitrary: ordinary }, { weight: 1, arbitrary: headless }),
      name: fc.constantFrom('one', 'one', 'one', 'other'),
      states: fc.array(state, exact),
      end: fc.constantFrom('stays', 'stays', 'stays', 'stays', 'deleted', 'terminating'),
    })
    .map(({ kind: { type, isHeadless = false, spec }, name, ...rest }) => {
      const patch = { type: 'JSONMerge', value: { spec } };
      const balancer = type === 'LoadBalancer' ? { loadBalancerClass } : {};
      return { ...rest, name: isHeadless ? 'headless' : name, envoyService: { type, ...balancer, patch } };
    });
}

export function anyOddBackend(): fc.Arbitrary<OddBackend> {
  return fc
    .record({
      kind: fc.oneof(
        fc.constant({ type: 'ClusterIP' }),
        fc.constant({ type: 'ClusterIP', ipFamilyPolicy: 'PreferDualStack' }),
        fc.constant({ type: 'ClusterIP', clusterIP: 'None' }),
        fc.constant({ type: 'ClusterIP', clusterIP: 'None', publishNotReadyAddresses: true, ports: [] }),
        fc.constant({ type: 'NodePort', externalTrafficPolicy: 'Local' }),
        fc.constant({ type: 'LoadBalancer', loadBalancerClass, allocateLoadBalancerNodePorts: false }),
        fc.constant({ type: 'ExternalName', externalName: 'app.example.com' }),
        fc.constant({ type: 'ExternalName', externalName: '192.0.2.1.example.com', ports: [] }),
      ),
      ports: anyPorts,
      externalIPs: fc.oneof(
        { weight: 9, arbitrary: fc.array(externalIP, { maxLength: 2 }) },
        { weight: 1, arbitrary: fc.constant(Array.from({ length: 80 }, (_, i) => `203.0.113.${i + 1}`)) },
      ),
      slice: anySlice,
    })
    .map(({ kind, slice, ...rest }) => ({ spec: { ...rest, ...kind }, slice }));
}

/** The reason of `ResolvedRefs` of a route that names port 80 of it: https://gateway-api.sigs.k8s.io/geps/gep-1911/ */
export function resolvedReason({ type, ports }: OddBackend['spec']): string {
  if (type === 'ExternalName') return 'UnsupportedProtocol';
  const port = ports.find((one) => one.port === 80 && one.protocol !== 'UDP' && one.protocol !== 'SCTP');
  if (port === undefined) return 'BackendNotFound';
  const speaksTls = ['https', 'tls', 'kubernetes.io/wss'].includes(port.appProtocol ?? '');
  return speaksTls ? 'UnsupportedProtocol' : 'ResolvedRefs';
}

const externalIP = fc.integer({ min: 1, max: 40 }).map((last) => `198.51.100.${last}`);

interface ProxyKind {
  readonly type: string;
  readonly spec: object;
  readonly isHeadless?: boolean;
}

const ordinary = fc.constantFrom<ProxyKind>(
  { type: 'LoadBalancer', spec: {} },
  { type: 'LoadBalancer', spec: { allocateLoadBalancerNodePorts: false } },
  { type: 'LoadBalancer', spec: { externalTrafficPolicy: 'Cluster', ipFamilyPolicy: 'PreferDualStack' } },
  { type: 'NodePort', spec: { sessionAffinity: 'ClientIP' } },
  { type: 'ClusterIP', spec: { publishNotReadyAddresses: true } },
  { type: 'ClusterIP', spec: { type: 'ExternalName', externalName: 'lb.example.com' } },
);

const headless = fc.constantFrom<ProxyKind>(
  { type: 'ClusterIP', isHeadless: true, spec: { clusterIP: 'None' } },
  { type: 'ClusterIP', isHeadless: true, spec: { clusterIP: 'None', publishNotReadyAddresses: true } },
);

const appProtocol = fc.constantFrom(
  'http',
  'https',
  'tls',
  'grpc',
  'mongo',
  'kubernetes.io/h2c',
  'kubernetes.io/ws',
  'kubernetes.io/wss',
  `${'p'.repeat(63)}.example.com/${'n'.repeat(63)}`,
);

const anyPorts: fc.Arbitrary<readonly Port[]> = fc.oneof(
  fc.constant([{ port: 80 }]),
  fc.constant([{ name: 'web', port: 80, targetPort: 'named' }]),
  appProtocol.map((name) => [{ port: 80, targetPort: 3000, appProtocol: name }]),
  fc.constant([{ port: 8080 }]),
  fc.constant([{ port: 80, protocol: 'UDP' }]),
  fc.constant([
    { name: 'udp', port: 80, protocol: 'UDP' },
    { name: 'tcp', port: 80, protocol: 'TCP' },
    { name: 'sctp', port: 80, protocol: 'SCTP' },
  ]),
);

const anySlice = fc
  .record({
    family: fc.constantFrom('IPv4', 'IPv6', 'FQDN'),
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 3 }),
    conditions: fc.constantFrom({}, { ready: false }, { ready: false, serving: true, terminating: true }),
    ports: fc.constantFrom([], [{ name: '', port: 3000 }], [{ name: 'web', port: 3000 }], [{ name: 'web' }]),
  })
  .map(({ family, numbers, conditions, ports }) => ({
    addressType: family,
    endpoints: numbers.map((n) => ({ addresses: [addressOf(family, n)], conditions })),
    ports,
  }));

function addressOf(family: string, n: number): string {
  if (family === 'IPv4') return `192.0.2.${n}`;
  return family === 'IPv6' ? `2001:db8::${n}` : `n${n}.example.com`;
}
