import * as fc from 'fast-check';

export interface OddService {
  readonly spec: {
    readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly [field: string]: unknown;
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly Ingress[] } };
}

export interface Ingress {
  readonly ip?: string;
  readonly hostname?: string;
  readonly [field: string]: unknown;
}

/** Services as an API server accepts them, sensible or not. */
export function anyOddService(): fc.Arbitrary<OddService> {
  return fc.oneof(
    { weight: 4, arbitrary: loadBalancer },
    { weight: 3, arbitrary: fc.oneof(clusterIP, nodePort, headless) },
    { weight: 1, arbitrary: externalName },
  );
}

export function anyGarbledService(): fc.Arbitrary<OddService> {
  const texts = fc.array(fc.oneof(garbled, anyIP), { maxLength: 4 });
  const ingress = fc.array(
    fc.record({ ip: garbled, hostname: fc.oneof(garbled, hostname) }, { requiredKeys: [] }),
    {
      maxLength: 4,
    },
  );
  return fc
    .tuple(anyOddService(), texts, texts, ingress)
    .map(([{ spec }, clusterIPs, externalIPs, found]) => ({
      spec: { ...spec, clusterIPs, externalIPs },
      status: { loadBalancer: { ingress: found } },
    }));
}

/** As a cloud's controller may write them, and more than a Gateway's status can have. */
export function anyIngress(): fc.Arbitrary<readonly Ingress[]> {
  const ip = documentationIP;
  const entry = fc.oneof(
    fc.record({ ip, ipMode: fc.constantFrom('VIP', 'Proxy') }),
    fc.record({ hostname }),
    fc.record({
      ip,
      ipMode: fc.constantFrom('VIP', 'Proxy'),
      hostname,
      ports: fc.constant([{ port: 80, protocol: 'TCP' }]),
    }),
  );
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(entry, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(entry, { minLength: 15, maxLength: 24 }) },
  );
}

/** Ranges for documentation: a node takes a load balancer's address for its own. Few, so that they meet again. */
const ipv4 = fc
  .tuple(fc.constantFrom('192.0.2', '198.51.100', '203.0.113'), fc.integer({ min: 1, max: 30 }))
  .map(([network, last]) => `${network}.${last}`);
const ipv6 = fc.oneof(
  fc.constantFrom('2001:db8::1', '2001:0db8:0:0::0001', '2001:DB8::A', '2001:db8::192.0.2.1', '2001:db8::'),
  fc.ipV6().map((ip) => `2001:db8:${ip.replace(/[^0-9a-f]/gi, '').slice(0, 4) || '0'}::a`),
);
const documentationIP = fc.oneof(ipv4, ipv6);
const anyIP = fc.oneof(documentationIP, fc.ipV4(), fc.ipV6(), fc.constantFrom('::ffff:192.0.2.1', '::'));

/** An API server accepts labels of over 63 characters, and a number at the end; no resolver does. */
const hostname = fc.oneof(
  fc.constantFrom('lb.example.com', 'a.example.com', 'localhost', 'xn--bcher-kva.example', 'a-b.c'),
  fc.constantFrom(`${'a'.repeat(63)}.example`, `${'a'.repeat(64)}.example`, 'lb.example.123', '0x7f.1'),
  fc.constantFrom(`${'a.'.repeat(126)}a`),
  fc.domain().map((name) => name.toLowerCase()),
);

const garbled = fc.oneof(
  fc.constantFrom('None', '', 'none', ' 192.0.2.1', '192.0.2.1 ', '010.0.0.1', '192.0.2', '192.0.2.256'),
  fc.constantFrom('fe80::1%eth0', '[::1]', '192.0.2.1:80', '192.0.2.0/24', ':::', '1.2.3.4.', '0x7f000001'),
  fc.constantFrom('*.example.com', 'Example.com', 'a..b', '-a.b', 'a_b.c', 'a.b.', '<pending>', '__proto__'),
  fc.string({ maxLength: 253 }),
);

const ports = fc.oneof(
  fc.constant([{ name: 'http-80', port: 80, protocol: 'TCP', targetPort: 10_080 }]),
  fc.constant([
    { name: 'tcp', port: 80, protocol: 'TCP', appProtocol: `${'p'.repeat(253)}/${'n'.repeat(63)}` },
    { name: 'udp', port: 80, protocol: 'UDP', targetPort: 'named' },
    { name: 'sctp', port: 65_535, protocol: 'SCTP' },
  ]),
);

const externalIPs = fc.oneof(
  { weight: 8, arbitrary: fc.array(documentationIP, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(ipv4, { minLength: 60, maxLength: 80 }) },
);

const common = { ports, externalIPs, publishNotReadyAddresses: fc.boolean() };

const clusterIPs = fc.oneof(
  ipv4.map((ip) => [ip]),
  ipv6.map((ip) => [ip]),
  fc.tuple(ipv4, ipv6),
  fc.tuple(ipv6, ipv4),
);

const clusterIP = fc
  .record({ ...common, clusterIPs })
  .map((spec): OddService => ({ spec: { ...spec, type: 'ClusterIP' } }));

const nodePort = fc
  .record({ ...common, clusterIPs })
  .map((spec): OddService => ({ spec: { ...spec, type: 'NodePort' } }));

const headless = fc
  .record({ externalIPs, ports: fc.oneof(ports, fc.constant(undefined)) })
  .map((spec): OddService => ({
    spec: { ...spec, type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] },
  }));

const loadBalancer = fc
  .record({
    spec: fc.record({ ...common, clusterIPs, loadBalancerClass: fc.constant('example.com/odd') }),
    ingress: anyIngress(),
    shape: fc.constantFrom('whole', 'whole', 'whole', 'empty', 'absent'),
  })
  .map(({ spec, ingress, shape }): OddService => {
    const status = { whole: { loadBalancer: { ingress } }, empty: { loadBalancer: {} }, absent: {} }[shape];
    return { spec: { ...spec, type: 'LoadBalancer' }, status };
  });

const externalName = fc
  .record({ externalName: hostname, externalIPs, ports: fc.oneof(ports, fc.constant(undefined)) })
  .map((spec): OddService => ({ spec: { ...spec, type: 'ExternalName' } }));
