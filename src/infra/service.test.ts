import { expect, test } from 'vitest';
import { webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { service as rendered } from './service.ts';

test('the ports of the listeners lead to what Envoy binds', () => {
  expect(service(webInfrastructure())).toMatchObject({
    metadata: { name: 'web-sluice', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      selector: {
        'app.kubernetes.io/managed-by': 'sluice',
        'gateway.networking.k8s.io/gateway-name': 'web',
        'gateway.networking.k8s.io/gateway-class-name': 'sluice',
      },
      ports: [
        { name: 'http-80', protocol: 'TCP', port: 80, targetPort: 10_080 },
        { name: 'https-8443', protocol: 'TCP', port: 8443, targetPort: 8443 },
      ],
    },
  });
});

test('an EnvoyProxy names, types and annotates the Service', () => {
  const made = service(
    withService({
      type: 'ClusterIP',
      name: 'entrance',
      annotations: { team: 'proxy', cost: 'low' },
      labels: { tier: 'edge' },
    }),
  );
  expect(made.metadata).toMatchObject({
    name: 'entrance',
    labels: { tier: 'edge', 'app.kubernetes.io/managed-by': 'sluice' },
    annotations: { team: 'proxy', cost: 'low' },
  });
  expect(made['spec']).toMatchObject({ type: 'ClusterIP' });
  expect(made['spec']).not.toHaveProperty('externalTrafficPolicy');
});

test.each([
  [undefined, {}],
  ['IPv4', {}],
  ['IPv6', { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }],
  ['DualStack', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }],
])('the families of ipFamily %s are %j', (ipFamily, expected) => {
  const { ipFamilies, ipFamilyPolicy } = service(webInfrastructure({ ipFamily }))['spec'] as {
    readonly ipFamilies?: unknown;
    readonly ipFamilyPolicy?: unknown;
  };
  expect({ ipFamilies, ipFamilyPolicy }).toEqual(expected);
});

test('fields of a load balancer are set on a load balancer alone', () => {
  const fields = {
    loadBalancerClass: 'example.com/fast',
    loadBalancerIP: '192.0.2.7',
    loadBalancerSourceRanges: ['198.51.100.0/24'],
    allocateLoadBalancerNodePorts: false,
  };
  expect(service(withService({ type: 'LoadBalancer', ...fields }))['spec']).toMatchObject(fields);
  const nodePort = JSON.parse(
    JSON.stringify(service(withService({ type: 'NodePort', ...fields }))),
  ) as object;
  expect(nodePort).toMatchObject({ spec: { type: 'NodePort', externalTrafficPolicy: 'Local' } });
  for (const field of Object.keys(fields)) expect(nodePort).not.toHaveProperty(['spec', field]);
});

test('one static address is asked of the load balancer, several are external addresses', () => {
  const one = { addresses: ['192.0.2.7'] };
  const two = { addresses: ['192.0.2.7', '192.0.2.8'] };
  expect(service(webInfrastructure(undefined, one))['spec']).toMatchObject({ loadBalancerIP: '192.0.2.7' });
  expect(service(webInfrastructure(undefined, one))['spec']).not.toHaveProperty('externalIPs');
  expect(service(webInfrastructure(undefined, two))['spec']).toMatchObject({ externalIPs: two.addresses });
  expect(service(withService({ type: 'ClusterIP' }, one))['spec']).toMatchObject({
    externalIPs: one.addresses,
  });
});

test('a Gateway of the cluster alone has no way in from outside, and asks for its ClusterIP', () => {
  const inside = { isClusterOnly: true, clusterIP: '10.96.0.7' };
  const { spec } = service(withService({ type: 'LoadBalancer', loadBalancerClass: 'a/b' }, inside));
  expect(spec).toMatchObject({ type: 'ClusterIP', clusterIP: '10.96.0.7' });
  for (const field of ['loadBalancerClass', 'externalTrafficPolicy'])
    expect(JSON.parse(JSON.stringify(spec))).not.toHaveProperty(field);
});

test.each([
  ['none is allowed', [], undefined],
  ['some are', ['192.0.2.8/31', '10.0.0.1'], ['192.0.2.8', '192.0.2.9']],
  ['one is', ['192.0.2.7'], ['192.0.2.7']],
])(
  'external IPs of Gateway and patch are written as far as the operator allows them: %s',
  (_, allowed, wanted) => {
    const addresses = ['192.0.2.7', '192.0.2.8', '192.0.2.9', '2001:db8::1'];
    const patch = { value: { spec: { externalIPs: addresses } } };
    const made = [
      webInfrastructure(undefined, { addresses }),
      withService({ type: 'ClusterIP' }, { addresses }),
      withService({ patch }),
    ].map((infrastructure) => service(infrastructure, allowed)['spec'] as Record<string, unknown>);
    expect(made.map(({ externalIPs }) => externalIPs)).toEqual([wanted, wanted, wanted]);
  },
);

test.each([['10.0.0.1'], [{ a: 1 }], [[7, null]]])(
  'external IPs of a patch that are %j are not written',
  (externalIPs) => {
    const made = service(withService({ patch: { value: { spec: { externalIPs } } } }));
    expect(made['spec']).not.toHaveProperty('externalIPs');
  },
);

test('a patch goes last, and an address that an EnvoyProxy gives goes before those of the Gateway', () => {
  const made = service(
    withService(
      {
        loadBalancerIP: '192.0.2.9',
        patch: { value: { spec: { sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Cluster' } } },
      },
      { addresses: ['192.0.2.7'] },
    ),
  );
  expect(made['spec']).toMatchObject({
    sessionAffinity: 'ClientIP',
    externalTrafficPolicy: 'Cluster',
    loadBalancerIP: '192.0.2.9',
    externalIPs: ['192.0.2.7'],
  });
});

function service(infrastructure: Infrastructure, externalIPs = ['192.0.2.0/24', '2001:db8::/32']) {
  return rendered(infrastructure, { externalIPs });
}

function withService(envoyService: object, changes: Partial<Infrastructure> = {}): Infrastructure {
  return webInfrastructure({ provider: { kubernetes: { envoyService } } }, changes);
}
