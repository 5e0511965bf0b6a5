import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { tooLarge } from './request-size.ts';

type Request = Parameters<typeof DeltaDiscoveryRequest.encode>[0];

function judged(request: Request, maxNames = 10): string | undefined {
  return tooLarge(DeltaDiscoveryRequest.encode(request).finish(), maxNames);
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);

test('a request of a proxy passes, whatever it has', () => {
  const request = {
    node: {
      id: 'proxy',
      cluster: 'a/b',
      metadata: { fields: new Map([['x', { stringValue: 'y'.repeat(5000) }]]) },
    },
    typeUrl: 'type.googleapis.com/x',
    resourceNamesSubscribe: [...names(3), '', 'x'.repeat(1024)],
    resourceNamesUnsubscribe: names(2),
    initialResourceVersions: new Map([
      ['x'.repeat(1024), 'v'.repeat(200)],
      ['', ''],
      ['n', ''],
    ]),
    responseNonce: '1',
    errorDetail: { code: 3, message: 'm'.repeat(100_000) },
  };
  expect(judged(request)).toBeUndefined();
  expect(judged({})).toBeUndefined();
});

test.each<[string, Request, string]>([
  ['names', { resourceNamesSubscribe: names(11) }, 'more than 10 names'],
  ['names to let go of', { resourceNamesUnsubscribe: names(11) }, 'more than 10 names'],
  [
    'versions',
    { initialResourceVersions: new Map(names(11).map((name) => [name, ''])) },
    'more than 10 names',
  ],
  [
    'names in all lists',
    { resourceNamesSubscribe: names(6), resourceNamesUnsubscribe: names(5) },
    'more than 10 names',
  ],
  ['bytes in a name', { resourceNamesSubscribe: ['x'.repeat(1025)] }, 'a name of 1025 bytes, more than 1024'],
  [
    'bytes in a version',
    { initialResourceVersions: new Map([['x', 'v'.repeat(1280)]]) },
    'a name and its version of 1286 bytes',
  ],
  ['bytes in a node', { node: { id: 'x'.repeat(2 ** 20) } }, 'a node of'],
  ['bytes in a type', { typeUrl: 'x'.repeat(1025) }, 'a type_url of'],
  ['bytes in an error', { errorDetail: { message: 'x'.repeat(2 ** 20) } }, 'an error_detail of'],
])('one with too many %s does not', (_, request, words) => {
  expect(judged(request)).toContain(words);
});

test('a field that is repeated without end does not pass, known or not', () => {
  for (const field of [1, 2, 6, 7, 9]) {
    const writer = new BinaryWriter();
    for (let i = 0; i < 101; i++) writer.uint32(field * 8 + 2).string('');
    expect(tooLarge(writer.finish(), 10)).toBe('more than 100 fields beside names');
  }
  const entry = new BinaryWriter();
  for (let i = 0; i < 3; i++) entry.uint32(10).string('n');
  const map = new BinaryWriter().uint32(42).bytes(entry.finish()).finish();
  expect(tooLarge(map, 10)).toBe('a name with more than a version');
});

test('what it reads of a message with too many names ends at the first of these', () => {
  const bytes = DeltaDiscoveryRequest.encode({ resourceNamesSubscribe: names(11) }).finish();
  const garbage = Buffer.concat([bytes, Buffer.alloc(1000, 0xff)]);
  expect(tooLarge(garbage, 10)).toBe('more than 10 names');
  expect(() => tooLarge(garbage, 11)).toThrow();
});
