import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRow } from './decode.ts';
import { parseObject } from './door.ts';
import { identityOf, record } from './identity.ts';
import { prune } from './prune.ts';
import { followedKinds } from './followed-kinds.ts';
import { settingRows } from './own/setting-rows.ts';

test('an object is read by its group and kind', () => {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { b: 'c' } } };
  const parsed = parseObject(object);
  expect(parsed).toMatchObject({ kind: 'row', apiVersion: 'v1', row: { key: 'Namespace//a' } });
});

test.each(['v1', 'v1beta1'])('Gateway API objects of version %s are followed', (version) => {
  const object = {
    apiVersion: `gateway.networking.k8s.io/${version}`,
    kind: 'HTTPRoute',
    metadata: { name: 'a' },
    spec: {},
  };
  expect(parseObject(object).kind).toBe('row');
});

test('a kind that is none of our business is ignored without a word', () => {
  const parsed = parseObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } });
  expect(parsed).toEqual({
    kind: 'ignored',
    apiVersion: 'apps/v1',
    objectKind: 'Deployment',
    key: 'Deployment//a',
    warning: undefined,
  });
});

test.each([
  ['gateway.networking.k8s.io/v1', 'HTTPRout', 'kind', /did you mean HTTPRoute\?/],
  ['gateway.networking.k8s.io/v1', 'Mesh', 'kind', /are followed GatewayClass, /],
  ['gateway.envoyproxy.io/v1alpha1', 'EnvoyPolicy', 'kind', /requests are served without this object/],
  ['gateway.networking.k8s.io/v1alpha2', 'HTTPRoute', 'apiVersion', /write .*k8s.io\/v1$/],
  ['v2', 'Service', 'apiVersion', /version v2, .*write apiVersion: v1$/],
  ['v1', 'HTTPRoute', 'apiVersion', /write apiVersion: gateway.networking.k8s.io\/v1$/],
  ['gateway.network.k8s.io/v1', 'Gateway', 'apiVersion', /write apiVersion: gateway.networking.k8s.io\/v1$/],
  ['networking.k8s.io/v1', 'Ingress', 'kind', /write it as a Gateway and an HTTPRoute/],
  ['networking.istio.io/v1', 'Gateway', 'kind', /it is for Istio/],
  ['projectcontour.io/v1', 'HTTPProxy', 'kind', /it is for Contour/],
])('%s %s is ignored with a warning at %s', (apiVersion, kind, path, message) => {
  expect(parseObject({ apiVersion, kind, metadata: { name: 'a', namespace: 'b' } })).toMatchObject({
    kind: 'ignored',
    key: `${kind}/b/a`,
    warning: { path, message: expect.stringMatching(message) as unknown },
  });
});

test.each([
  [{}, 'apiVersion'],
  [{ apiVersion: 'v1' }, 'kind'],
  [{ apiVersion: 'v1', kind: 'Service' }, 'metadata'],
  [{ apiVersion: 'v1', kind: 'Service', metadata: {} }, 'metadata.name'],
  [{ apiVersion: 'v1', kind: 'Service', metadata: { name: '../a' } }, 'metadata.name'],
  [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'b/c' } }, 'metadata.namespace'],
  [[], ''],
  ['text', ''],
])('%j is invalid at %s', (object, path) => {
  expect(parseObject(object)).toMatchObject({ kind: 'invalid', problems: [{ path }] });
});

test('names of objects may be those of Object.prototype', () => {
  for (const name of ['constructor', 'valueof', 'prototype', 'hasownproperty']) {
    const metadata = { name, namespace: name };
    expect(parseObject({ apiVersion: 'v1', kind: 'Service', metadata })).toMatchObject({
      kind: 'row',
      row: { key: `Service/${name}/${name}` },
    });
  }
});

test('a kind named like a member of Object.prototype is no kind', () => {
  for (const kind of ['constructor', '__proto__', 'toString']) {
    expect(parseObject({ apiVersion: 'v1', kind, metadata: { name: 'a' } }).kind).toBe('ignored');
  }
});

test('keys of labels may be __proto__', () => {
  const labels = JSON.parse('{"__proto__":"a","constructor":"b"}') as unknown;
  const parsed = parseObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels } });
  const row = parsed.kind === 'row' ? decodeRow('Namespace', parsed.row.bytes) : undefined;
  expect(row?.metadata.labels).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['kubernetes.io/metadata.name', 'a'],
  ]);
});

test('of a ConfigMap only the certificates of an authority and short lines are kept', () => {
  const data = JSON.parse('{"ca.crt":"PEM","__proto__":"a","other":"b\\n"}') as unknown;
  const parsed = parseObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });
  const row = parsed.kind === 'row' ? decodeRow('ConfigMap', parsed.row.bytes) : undefined;
  expect(row).toEqual({ ca: 'PEM', lines: [['__proto__', 'a']] });
});

test('a Namespace has the label of its own name, as an API server sees to', () => {
  const parsed = parseObject({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a', labels: { z: '1' } },
  });
  expect(parsed.kind === 'row' && decodeRow('Namespace', parsed.row.bytes).metadata.labels).toEqual([
    ['kubernetes.io/metadata.name', 'a'],
    ['z', '1'],
  ]);
});

test('a Namespace may have no labels of its own', () => {
  const parsed = parseObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
  expect(parsed.kind === 'row' && decodeRow('Namespace', parsed.row.bytes).metadata.labels).toEqual([
    ['kubernetes.io/metadata.name', 'a'],
  ]);
});

test('a label that is no string asks for quotes', () => {
  const parsed = parseObject({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a', labels: { on: true } },
  });
  expect(parsed).toMatchObject({
    problems: [{ path: 'metadata.labels.on', message: 'must be a string: put it in quotes' }],
  });
});

const tls = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'kubernetes.io/tls' };

test('a TLS Secret is read from data and from stringData', () => {
  const data = { 'tls.crt': 'Y2VydA==', 'tls.key': 'a2V5' };
  const stringData = { 'tls.crt': 'cert', 'tls.key': 'key' };
  for (const object of [
    { ...tls, data },
    { ...tls, stringData },
  ]) {
    const parsed = parseObject(object);
    expect(parsed.kind === 'row' && decodeRow('Secret', parsed.row.bytes)).toEqual({
      type: 'kubernetes.io/tls',
      certificate: 'cert',
      privateKey: 'key',
    });
  }
});

test('of another Secret only what may be the key of a client gets into its row', () => {
  const parsed = parseObject({
    ...tls,
    type: 'Opaque',
    stringData: { 'tls.key': '-----BEGIN\nhidden', file: 'hidden'.repeat(500), ann: 'a-1' },
  });
  expect(parsed.kind === 'row' && Buffer.from(parsed.row.bytes).toString()).toBe(
    '{"type":"Opaque","lines":[["ann","a-1"]],"hasMore":true}',
  );
});

test('a problem with a Secret does not quote it', () => {
  const parsed = parseObject({ ...tls, data: { 'tls.key': '!hidden!', 'tls.crt': { hidden: 1 } } });
  expect(parsed).toMatchObject({ problems: [{ path: 'data["tls.crt"]' }, { path: 'data["tls.key"]' }] });
  expect(JSON.stringify(parsed)).not.toContain('hidden');
  expect(parsed.kind === 'row' && Buffer.from(parsed.row.bytes).toString()).not.toContain('hidden');
});

test('a Service leads to its EndpointSlices, a ReferenceGrant is in the index of each pair that it permits', () => {
  const service = parseObject({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'b' } });
  expect(service).toMatchObject({ row: { follow: ['@EndpointSlicesOfService/b/a'] } });
  const grant = parseObject({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'a', namespace: 'b' },
    spec: { from: [{ group: '', kind: 'Secret', namespace: 'c' }], to: [{ group: '', kind: 'Service' }] },
  });
  expect(grant).toMatchObject({ row: { indexes: ['@ReferenceGrantsOf/b//Secret/c//Service/'] } });
});

test('a field that is nested without end cannot be read, and the others can', () => {
  let deep: unknown = {};
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: deep, other: deep };
  expect(parseObject(object)).toMatchObject({
    kind: 'row',
    problems: [{ path: 'spec', message: 'must not be nested more than 64 deep' }],
  });
  expect(parseObject({ ...object, metadata: deep })).toMatchObject({ kind: 'invalid' });
});

test('long text costs linear time in every pattern', () => {
  const long = '!'.repeat(1_000_000);
  const deep = 'a.'.repeat(500_000);
  for (const text of [long, deep, `${'a'.repeat(1_000_000)}!`, `https://${deep}!`]) {
    const rule = {
      matches: [{ path: { value: `/${text}` }, headers: [{ name: text, value: text }] }],
      filters: [{ type: 'CORS', cors: { allowOrigins: [text], allowHeaders: [text] } }],
      timeouts: { request: text },
    };
    const object = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'a' },
      spec: { hostnames: [text], rules: [rule] },
    };
    expect(parseObject(object)).toMatchObject({ kind: 'row', problems: [{ path: 'spec.hostnames[0]' }, {}] });
  }
});

const anything = fc.oneof(
  fc.jsonValue(),
  fc.object({ withNullPrototype: true, withDate: true }),
  fc.anything(),
);

test.each(followedKinds.map(({ kind }) => kind))('nothing makes the reading of a %s throw', (kind) => {
  const followed = followedKinds.find((candidate) => candidate.kind === kind);
  const fields = { metadata: fc.oneof(anything, fc.constant({ name: 'a' })), spec: anything, data: anything };
  const rest = {
    stringData: anything,
    type: anything,
    endpoints: anything,
    ports: anything,
    addressType: anything,
  };
  fc.assert(
    fc.property(fc.oneof(anything, fc.record({ ...fields, ...rest }, { requiredKeys: [] })), (object) => {
      const scope = followed?.scope ?? 'namespaced';
      const manifest = record(object);
      const isNamed = manifest !== undefined && identityOf(prune(manifest), scope).kind === 'ok';
      expect(followed?.parse(object).kind).toBe(isNamed ? 'row' : 'invalid');
    }),
  );
});

test('each setting is a row like any other', () => {
  const settings = {
    controllerName: 'sluice.dev/gateway-controller',
    allowLoopbackEndpoints: true,
    backendHostnames: true,
    backendUnixSockets: true,
    lua: true,
    managedProxies: true,
    wasmHostKeys: ['REGION'],
    hostnames: { owners: [['*.example.com', ['team-a']] as [string, string[]]], firstCome: true },
  };
  const rows = settingRows(settings);
  expect(rows.map(({ key }) => key)).toContain('Settings//lua');
  expect(Object.assign({}, ...rows.map(({ bytes }) => decodeRow('Settings', bytes)))).toEqual(settings);
});
