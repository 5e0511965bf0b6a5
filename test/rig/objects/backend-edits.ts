import * as fc from 'fast-check';
import { edit, type Edit } from './edit.ts';
import { selfSigned, tlsSecret } from './certificate.ts';
import * as m from './manifests.ts';

const services = [
  ['default', 'app'],
  ['default', 'app2'],
  ['other', 'app'],
  ['other', 'app2'],
] as const;
const slices = [
  ['default', 's0'],
  ['default', 's1'],
  ['default', 's2'],
  ['other', 's3'],
] as const;
const objects = [
  ['default', 'outside'],
  ['other', 'outside'],
] as const;
export const secrets = ['a.example.com', 'b.example.com'].map((name) => tlsSecret('tls', selfSigned([name])));

/** Edits of Services, Backends, EndpointSlices, Secrets and Namespaces. */
export const backendEdits = {
  services: () => fc.oneof(...services.map(([namespace, name]) => serviceEdit(namespace, name))),
  objects: () => fc.oneof(...objects.map(([namespace, name]) => objectEdit(namespace, name))),
  slices: () => fc.oneof(...slices.map(([namespace, name]) => sliceEdit(namespace, name))),
  secrets: () => fc.oneof(...['default', 'other'].map(secretEdit)),
  namespaces: () => fc.oneof(...['default', 'other'].map(namespaceEdit)),
};

function serviceEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const port = fc.record({
    appProtocol: fc.constantFrom(undefined, 'kubernetes.io/h2c', 'https'),
    protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
  });
  const manifest = fc
    .record({
      first: fc.option(port, { nil: undefined, freq: 5 }),
      second: fc.option(port, { nil: undefined, freq: 2 }),
      type: fc.constantFrom('ClusterIP', 'ClusterIP', 'ExternalName'),
      clusterIP: fc.constantFrom('10.96.0.1', 'None'),
    })
    .map(({ first, second, ...spec }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        ...spec,
        ports: [
          ...(first === undefined ? [] : [{ ...first, name: 'http', port: 80 }]),
          ...(second === undefined ? [] : [{ ...second, name: 'alt', port: 81 }]),
        ],
      },
    }));
  return edit('Service', namespace, name, manifest);
}

function objectEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const addresses = fc.array(
    fc.constantFrom<object>(
      { ip: { address: '10.1.0.1', port: 80 } },
      { ip: { address: '10.1.0.2', port: 443 }, zone: 'a', hostname: 'a.test' },
      { ip: { address: '127.0.0.1', port: 80 } },
      { unix: { path: '/run/a.sock' } },
    ),
    { maxLength: 3 },
  );
  const manifest = fc
    .record({
      endpoints: fc.oneof(addresses, fc.constant([{ fqdn: { hostname: 'a.example.com', port: 80 } }])),
      fallback: fc.boolean(),
      appProtocols: fc.constantFrom([], ['gateway.envoyproxy.io/h2c'], ['gateway.envoyproxy.io/wss']),
      tls: fc.constantFrom<object | undefined>(
        undefined,
        { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }] },
        { insecureSkipVerify: true, sni: 'a.test', clientCertificateRef: { name: 'tls' } },
        { wellKnownCACertificates: 'Other' },
      ),
    })
    .map((spec) => m.backendObject(spec, { name, namespace }));
  return edit('Backend', namespace, name, manifest);
}

function sliceEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const endpoint = fc
    .record({
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '127.0.0.1'),
      conditions: fc.constantFrom<object>(
        {},
        { ready: false },
        { ready: false, serving: true, terminating: true },
      ),
    })
    .map(({ address, conditions }) => ({ addresses: [address], conditions }));
  const manifest = fc
    .record({
      endpoints: fc.array(endpoint, { maxLength: 3 }),
      service: fc.constantFrom('app', 'app2'),
      portName: fc.constantFrom('http', 'alt'),
    })
    .map(({ endpoints, ...rest }) => m.endpointSlice(endpoints, { name, namespace, ...rest }));
  return edit('EndpointSlice', namespace, name, manifest);
}

function secretEdit(namespace: string): fc.Arbitrary<Edit> {
  const whole = secrets.map((secret) => ({ ...secret, metadata: { name: 'tls', namespace } }));
  const broken = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'tls', namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': 'no certificate', 'tls.key': 'no key' },
  };
  return edit('Secret', namespace, 'tls', fc.constantFrom<object>(...whole, broken));
}

function namespaceEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .constantFrom<object>({}, { team: 'a' }, { team: 'b' })
    .map((labels) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  return edit('Namespace', '', name, manifest);
}
