import { expect, test } from 'vitest';
import { ownedObject } from './owned-object.ts';

test('what is no object is none, and nothing in it throws', () => {
  for (const document of [undefined, null, 7, [], {}, { metadata: {} }, { metadata: { name: 7 } }])
    expect(ownedObject('Service', document)).toBeUndefined();
  const odd = { name: 'a', ownerReferences: 7, managedFields: [null, 'x', { manager: 'sluice' }] };
  const read = ownedObject('Secret', { metadata: odd });
  expect(read).toMatchObject({ name: 'a', gateway: '', digest: '', certificate: undefined });
});

test('only the controller reference to a Gateway says whose an object is', () => {
  const group = 'gateway.networking.k8s.io/v1';
  const owner = { apiVersion: group, kind: 'Gateway', name: 'web', uid: 'u', controller: true };
  expect(gatewayBy(owner)).toBe('web');
  expect(gatewayBy({ ...owner, controller: false })).toBe('');
  expect(gatewayBy({ ...owner, apiVersion: 'example.com/v1' })).toBe('');
  expect(gatewayBy({ ...owner, kind: 'HTTPRoute' })).toBe('');
});

test('the digest follows the fields that Sluice has set and still owns', () => {
  const fields = { 'f:spec': { 'f:type': {}, 'f:ports': { 'k:{"port":80}': { '.': {} } } } };
  const spec = { type: 'ClusterIP', ports: [{ port: 80 }] };
  expect(digest(fields, spec)).toBe(digest(fields, { ...spec, clusterIP: '10.0.0.1' }));
  expect(digest({ 'f:spec': { 'f:type': {} } }, spec)).not.toBe(digest(fields, spec));
  expect(digest(fields, spec, { manager: 'another' })).toBe('');
  expect(digest(fields, spec, { operation: 'Update' })).toBe('');
});

test('an empty map or list that a writer has left out is no change', () => {
  const paused = { 'f:paused': {} };
  const without = digest({ 'f:spec': paused }, { paused: true });
  const affinity = { 'f:spec': { 'f:affinity': {}, ...paused } };
  expect(digest(affinity, { affinity: {}, paused: true })).toBe(without);
  expect(digest(affinity, { affinity: [], paused: true })).toBe(without);
  expect(digest(affinity, { paused: true })).toBe(without);
  expect(digest(affinity, { affinity: { a: 1 }, paused: true })).not.toBe(without);
});

test('a Deployment or DaemonSet is available when all its pods are, of the newest template', () => {
  const good = { observedGeneration: 2, updatedReplicas: 3, availableReplicas: 3 };
  expect(isAvailable('Deployment', good)).toBe(true);
  expect(isAvailable('Deployment', { ...good, observedGeneration: 1 })).toBe(false);
  expect(isAvailable('Deployment', { ...good, updatedReplicas: 2 })).toBe(false);
  expect(isAvailable('Deployment', { ...good, availableReplicas: undefined })).toBe(false);
  const ready = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
  expect(isAvailable('DaemonSet', { observedGeneration: 2, ...ready })).toBe(true);
  expect(isAvailable('DaemonSet', { observedGeneration: 2, ...ready, numberAvailable: 1 })).toBe(false);
  expect(isAvailable('DaemonSet', { observedGeneration: 2, desiredNumberScheduled: 0 })).toBe(true);
});

function gatewayBy(reference: object): string | undefined {
  const metadata = { name: 'a', ownerReferences: [{ kind: 'Pod', name: 'p' }, reference] };
  return ownedObject('Service', { metadata })?.gateway;
}

let writes = 0;

function digest(fieldsV1: object, spec: object, change: object = {}): string | undefined {
  const entry = { manager: 'sluice', operation: 'Apply', fieldsV1, time: `${++writes}`, ...change };
  return ownedObject('Service', { metadata: { name: 'a', managedFields: [entry] }, spec })?.digest;
}

function isAvailable(kind: string, status: object): boolean | undefined {
  const metadata = { name: 'a', generation: 2 };
  return ownedObject(kind, { metadata, spec: { replicas: 3 }, status })?.isAvailable;
}
