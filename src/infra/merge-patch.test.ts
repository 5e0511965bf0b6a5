import { expect, test } from 'vitest';
import { webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';

const manifest: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: objectMetadata(webInfrastructure(), 'web-sluice'),
  spec: { replicas: 2, containers: [{ name: 'envoy', args: ['-c', 'a'], env: [{ name: 'A', value: '1' }] }] },
};

test('a strategic merge merges the items of lists by their key', () => {
  const value = {
    spec: {
      containers: [
        { name: 'envoy', args: ['-c', 'b'], env: [{ name: 'B', value: '2' }] },
        { name: 'sidecar' },
      ],
    },
  };
  expect(patched(manifest, { type: 'StrategicMerge', value })['spec']).toEqual({
    replicas: 2,
    containers: [
      {
        name: 'envoy',
        args: ['-c', 'b'],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      { name: 'sidecar' },
    ],
  });
});

test('directives of a strategic merge delete an item, and replace a list or an object', () => {
  expect(mergedSpec({ containers: [{ name: 'envoy', $patch: 'delete' }] })).toEqual({
    replicas: 2,
    containers: [],
  });
  expect(mergedSpec({ containers: [{ $patch: 'replace' }, { name: 'own' }] })).toEqual({
    replicas: 2,
    containers: [{ name: 'own' }],
  });
  expect(mergedSpec({ $patch: 'replace', replicas: 3 })).toEqual({ replicas: 3 });
});

test('a JSON merge replaces lists, and null removes a field', () => {
  const value = {
    spec: { replicas: null, containers: [{ name: 'own' }], strategy: { type: 'Recreate', x: null } },
  };
  expect(patched(manifest, { type: 'JSONMerge', value })['spec']).toEqual({
    containers: [{ name: 'own' }],
    strategy: { type: 'Recreate' },
  });
});

test('a patch can change neither what the object is nor whose', () => {
  const value = {
    kind: 'Pod',
    metadata: {
      name: 'other',
      namespace: 'kube-system',
      ownerReferences: [],
      labels: { 'app.kubernetes.io/managed-by': 'me', tier: 'edge', wrong: 1 },
      annotations: { note: 'kept' },
    },
  };
  const { kind, metadata } = patched(manifest, { type: 'StrategicMerge', value });
  expect(kind).toBe('Deployment');
  expect(metadata).toEqual({
    ...manifest.metadata,
    labels: { ...manifest.metadata.labels, tier: 'edge' },
    annotations: { note: 'kept' },
  });
});

test('a patch with a field named __proto__ changes no prototype', () => {
  const value = JSON.parse(
    '{"__proto__": {"polluted": true}, "spec": {"__proto__": {"polluted": true}}}',
  ) as Record<string, unknown>;
  const merged = patched(manifest, { type: 'StrategicMerge', value });
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  expect('polluted' in merged).toBe(false);
  expect(patched(manifest, { type: 'StrategicMerge', value: { metadata: 7 } }).metadata.name).toBe(
    'web-sluice',
  );
});

function mergedSpec(spec: object): unknown {
  return patched(manifest, { type: 'StrategicMerge', value: { spec } })['spec'];
}
