import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { attach } from './attachment.ts';
import { selects } from './namespaces.ts';
import { readOurGateway } from './ownership.ts';

test.each([
  ['a listener that is not there', { sectionName: 'x' }, 'default', [], 'NoMatchingParent'],
  ['a port that is not there', { port: 81 }, 'default', [], 'NoMatchingParent'],
  [
    'a name and a port that no listener has both',
    { sectionName: 'all', port: 80 },
    'default',
    [],
    'NoMatchingParent',
  ],
  ['another namespace where only its own may', { sectionName: 'same' }, 'other', [], 'NotAllowedByListeners'],
  ['a namespace that a selector leaves out', { sectionName: 'labels' }, 'other', [], 'NotAllowedByListeners'],
  ['a listener that lets no route in', { sectionName: 'none' }, 'default', [], 'NotAllowedByListeners'],
  ['a listener for other kinds', { sectionName: 'grpc' }, 'default', [], 'NotAllowedByListeners'],
  [
    'a listener of a protocol that is not served',
    { sectionName: 'tcp' },
    'default',
    [],
    'NotAllowedByListeners',
  ],
  [
    'hostnames without a common name',
    { sectionName: 'host' },
    'default',
    ['b.test'],
    'NoMatchingListenerHostname',
  ],
])('%s is refused', (_, ref, namespace, hostnames, reason) => {
  expect(attachment(ref, namespace, hostnames)).toMatchObject({ kind: 'refused', reason });
});

test.each([
  ['its own namespace', { sectionName: 'same' }, 'default', [], ['same']],
  ['any namespace where all may', { sectionName: 'all' }, 'other', [], ['all']],
  ['a namespace that a selector takes', { sectionName: 'labels' }, 'labelled', [], ['labels']],
  ['a common name', { sectionName: 'host' }, 'default', ['x.test', '*.test'], ['host']],
  ['every listener that lets it in', {}, 'labelled', ['a.test'], ['all', 'labels']],
])('a route attaches by %s', (_, ref, namespace, hostnames, names) => {
  const found = attachment(ref, namespace, hostnames);
  expect(found.kind === 'attached' && found.listeners.map((state) => state.listener.name)).toEqual(names);
});

test('a message names a few of many listeners', () => {
  const listeners = Array.from({ length: 12 }, (_, i) =>
    httpListener({ name: `l${String(i).padStart(2, '0')}`, hostname: `${i}.test` }),
  );
  const reader = new MemoryReader([gatewayClass(), gateway(listeners)]);
  const web = readOurGateway(reader, 'default', 'web');
  if (web === undefined) throw new Error('a Gateway of another controller');
  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' };
  const refused = (namespace: string, hostnames: readonly string[]) =>
    attach(reader, web, parentRef, { kind: 'HTTPRoute', namespace, hostnames });
  expect(refused('other', [])).toMatchObject({
    message: expect.stringContaining(
      'listener l00, l01, l02, l03, l04, l05, l06, l07 and 4 more accepts',
    ) as string,
  });
  expect(refused('default', ['x.test'])).toMatchObject({
    message: expect.stringMatching(/l00 \(0.test\), .* and 4 more$/) as string,
  });
});

test('selectors follow the rules of Kubernetes', () => {
  const labels = [
    ['env', 'prod'],
    ['__proto__', 'x'],
  ] as const;
  const selector = (
    ...matchExpressions: {
      key: string;
      operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
      values: string[];
    }[]
  ) => selects({ matchLabels: [], matchExpressions }, [...labels]);
  expect(selector()).toBe(true);
  expect(selects({ matchLabels: [['__proto__', 'x']], matchExpressions: [] }, [...labels])).toBe(true);
  expect(selects({ matchLabels: [['constructor', 'x']], matchExpressions: [] }, [...labels])).toBe(false);
  expect(selector({ key: 'env', operator: 'In', values: ['prod', 'dev'] })).toBe(true);
  expect(selector({ key: 'none', operator: 'In', values: ['prod'] })).toBe(false);
  expect(selector({ key: 'env', operator: 'NotIn', values: ['dev'] })).toBe(true);
  expect(selector({ key: 'none', operator: 'NotIn', values: ['dev'] })).toBe(true);
  expect(selector({ key: 'env', operator: 'NotIn', values: ['prod'] })).toBe(false);
  expect(selector({ key: 'toString', operator: 'Exists', values: [] })).toBe(false);
  expect(selector({ key: 'env', operator: 'DoesNotExist', values: [] })).toBe(false);
  expect(selects({ matchLabels: [], matchExpressions: [] }, undefined)).toBe(false);
});

function attachment(ref: object, namespace: string, hostnames: readonly string[]) {
  const selector = { matchLabels: { team: 'a' } };
  const reader = new MemoryReader([
    gatewayClass(),
    gateway([
      httpListener({ name: 'same', port: 80 }),
      httpListener({ name: 'all', port: 82, ...from({ from: 'All' }) }),
      httpListener({ name: 'labels', port: 83, ...from({ from: 'Selector', selector }) }),
      httpListener({ name: 'none', port: 84, ...from({ from: 'None' }) }),
      httpListener({ name: 'grpc', port: 85, allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }),
      { name: 'tcp', port: 86, protocol: 'TCP' },
      httpListener({ name: 'host', port: 87, hostname: 'a.test' }),
    ]),
    ...['other', 'labelled'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: name === 'labelled' ? { team: 'a' } : {} },
    })),
  ]);
  const row = readOurGateway(reader, 'default', 'web');
  if (row === undefined) throw new Error('a Gateway of another controller');
  const parentRef = { group: 'row.networking.k8s.io', kind: 'Gateway', name: 'web', ...ref };
  return attach(reader, row, parentRef, { kind: 'HTTPRoute', namespace, hostnames });
}

function from(namespaces: object): object {
  return { allowedRoutes: { namespaces } };
}
