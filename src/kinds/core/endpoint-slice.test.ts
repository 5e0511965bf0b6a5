import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { parseEndpointSlice } from './endpoint-slice.ts';

test('a slice keeps addresses, conditions, and ports of TCP and UDP', () => {
  const row = rowOf({
    endpoints: [
      { addresses: ['10.0.0.2', '10.9.9.9'], conditions: { ready: true }, zone: 'a', targetRef: {} },
      { addresses: ['10.0.0.1'], conditions: { ready: false, serving: true, terminating: true } },
    ],
    ports: [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'sctp', port: 54, protocol: 'SCTP' },
      { name: 'any', port: null },
    ],
  });
  expect(decodeRow('EndpointSlice', row.bytes)).toEqual({
    ipVersion: 4,
    endpoints: [
      { address: '10.0.0.1', ready: false, serving: true, terminating: true },
      { address: '10.0.0.2', ready: true, serving: true, terminating: false, zone: 'a' },
    ],
    ports: [
      { name: '', port: 80 },
      { name: 'dns', port: 53 },
      { name: 'http', port: 8080 },
    ],
  });
});

test('a slice is in the index of its Service', () => {
  expect(rowOf({}).indexes).toEqual(['@EndpointSlicesOfService/default/web']);
  expect(rowOf({ metadata: { name: 's' } }).indexes).toEqual([]);
});

test('a slice that moves to another Service is another row', () => {
  const labels = { 'kubernetes.io/service-name': 'other' };
  expect(rowOf({ metadata: { name: 's', labels } }).bytes).not.toEqual(rowOf({}).bytes);
});

test.each([
  [undefined, { ready: true, serving: true, terminating: false }],
  [{}, { ready: true, serving: true, terminating: false }],
  [{ ready: null }, { ready: true, serving: true, terminating: false }],
  [{ ready: false }, { ready: false, serving: false, terminating: false }],
  [
    { ready: false, serving: true },
    { ready: false, serving: true, terminating: false },
  ],
  [
    { ready: false, serving: null, terminating: true },
    { ready: false, serving: false, terminating: true },
  ],
])('conditions %j mean %j', (conditions, wanted) => {
  const row = rowOf({ endpoints: [{ addresses: ['10.0.0.1'], conditions }] });
  expect(decodeRow('EndpointSlice', row.bytes).endpoints).toEqual([{ address: '10.0.0.1', ...wanted }]);
});

test('what is no address is left out, and the rest stays', () => {
  const garbage = ['', 'web', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1 ', '::1', '1.2.3.4.5', 7, null];
  const endpoints = [
    ...garbage.map((address) => ({ addresses: [address] })),
    {},
    null,
    { addresses: ['10.0.0.9'] },
  ];
  const row = decodeRow('EndpointSlice', rowOf({ endpoints }).bytes);
  expect(row.endpoints.map(({ address }) => address)).toEqual(['10.0.0.9']);
});

test('of the same address twice, the endpoint that can take more stays', () => {
  const endpoints = [{ ready: false }, { ready: true }, { ready: false, serving: true }].map(
    (conditions) => ({
      addresses: ['10.0.0.1'],
      conditions,
    }),
  );
  expect(decodeRow('EndpointSlice', rowOf({ endpoints }).bytes).endpoints).toEqual([
    { address: '10.0.0.1', ready: true, serving: true, terminating: false },
  ]);
});

test('a slice of IPv6 addresses gives them in canonical form', () => {
  const endpoints = [{ addresses: ['2001:DB8:0:0::1'] }, { addresses: ['::ffff:10.0.0.1'] }];
  const row = decodeRow('EndpointSlice', rowOf({ addressType: 'IPv6', endpoints }).bytes);
  expect(row.ipVersion).toBe(6);
  expect(row.endpoints.map(({ address }) => address)).toEqual(['::ffff:10.0.0.1', '2001:db8::1']);
});

test.each(['FQDN', 'IPv5', undefined])(
  'addresses of type %s are a problem of the slice, as none is used',
  (addressType) => {
    const parsed = parseEndpointSlice(slice({ addressType, endpoints: [{ addresses: ['10.0.0.1'] }] }));
    expect(parsed).toMatchObject({ kind: 'row', problems: [{ path: 'addressType' }] });
    expect(parseEndpointSlice(slice({}))).not.toHaveProperty('problems');
  },
);

test('a slice of names has no endpoints', () => {
  const row = rowOf({ addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] });
  expect(decodeRow('EndpointSlice', row.bytes)).toMatchObject({ ipVersion: undefined, endpoints: [] });
});

test.each([
  [{ addressType: 'IPv5', endpoints: [{ addresses: ['10.0.0.1'] }] }],
  [{ endpoints: {} }],
  [{ endpoints: Array.from({ length: 1001 }, () => ({})) }],
])('what gives no address of a slice is left out: %#', (fields) => {
  const row = decodeRow('EndpointSlice', rowOf({ ports: [{ port: 80 }], ...fields }).bytes);
  expect(row).toMatchObject({ endpoints: [], ports: [{ name: '', port: 80 }] });
});

test('a slice without a name is none', () => {
  const parsed = parseEndpointSlice(slice({ metadata: { name: 'A' } }));
  expect(parsed).toMatchObject({ kind: 'invalid', problems: [{ path: 'metadata.name' }] });
});

test('a row read from the middle of a larger buffer is the same row', () => {
  const { bytes } = rowOf({ endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ name: 'http', port: 80 }] });
  const larger = new Uint8Array(bytes.length + 10).fill(0xff);
  larger.set(bytes, 3);
  const piece = larger.subarray(3, 3 + bytes.length);
  expect(decodeRow('EndpointSlice', piece)).toEqual(decodeRow('EndpointSlice', bytes));
});

test('bytes have a buffer of their own, so that they can cross threads alone', () => {
  const { bytes } = rowOf({});
  expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
});

const endpoint = fc.record({
  addresses: fc.tuple(fc.ipV4()),
  conditions: fc.record(
    { ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() },
    { requiredKeys: [] },
  ),
});
const port = fc.record({
  name: fc.stringMatching(/^[a-z]{0,5}$/),
  port: fc.integer({ min: 1, max: 65_535 }),
});

test('the order in which endpoints and ports are listed does not matter', () => {
  const lists = fc
    .tuple(fc.array(endpoint), fc.array(port))
    .chain(([endpoints, ports]) =>
      fc.tuple(
        fc.constant({ endpoints, ports }),
        fc.record({ endpoints: shuffled(endpoints), ports: shuffled(ports) }),
      ),
    );
  fc.assert(
    fc.property(lists, ([listed, reordered]) => {
      expect(rowOf(reordered).bytes).toEqual(rowOf(listed).bytes);
    }),
  );
});

test('every endpoint that is put in comes out, and none else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.ipV4()), (addresses) => {
      const endpoints = addresses.map((address) => ({ addresses: [address] }));
      const row = decodeRow('EndpointSlice', rowOf({ endpoints }).bytes);
      expect(row.endpoints.map(({ address }) => address).sort()).toEqual(addresses.toSorted());
    }),
  );
});

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

function slice(fields: object) {
  const metadata = { name: 's', labels: { 'kubernetes.io/service-name': 'web' } };
  return { metadata, addressType: 'IPv4', endpoints: [], ports: [], ...fields };
}

function rowOf(fields: object) {
  const parsed = parseEndpointSlice(slice(fields));
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed.problems));
  return parsed.row;
}

test.each([
  ['2026-11-30T21:00:00Z', Date.UTC(2026, 10, 30, 21)],
  ['2026-11-30T21:00:00.123456789Z', Date.UTC(2026, 10, 30, 21, 0, 0, 123)],
  ['2026-13-30T21:00:00Z', undefined],
  ['30 Nov 2026', undefined],
  [1, undefined],
  [undefined, undefined],
])('a slice with the date %s of the endpoints controller was changed at %s', (time, changedAtMs) => {
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': time };
  const labels = { 'kubernetes.io/service-name': 'web' };
  const row = rowOf({ metadata: { name: 's', labels, annotations } });
  expect(row.changedAtMs).toBe(changedAtMs);
  expect(row.bytes).toEqual(rowOf({}).bytes);
});
