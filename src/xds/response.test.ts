import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { DeltaMessage } from './response.ts';
import { typeUrl } from '../publish/type-table.ts';

const resource = fc.record({
  typeUrl: fc.constant(typeUrl.cluster),
  name: fc.string({ maxLength: 200, unit: 'grapheme' }),
  version: fc.string({ minLength: 1, maxLength: 22, unit: 'binary-ascii' }),
  bytes: fc.uint8Array({ maxLength: 20_000 }),
  madeOf: fc.constant([]),
  names: fc.constant([]),
});

test('a response is the bytes that the general encoder writes', () => {
  fc.assert(
    fc.property(
      fc.array(resource, { maxLength: 5 }),
      fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 5 }),
      fc.nat().map((n) => String(n + 1)),
      (resources, removed, nonce) => {
        const own = new DeltaMessage({
          typeUrl: typeUrl.cluster,
          nonce,
          resources,
          removed,
          controlPlane: 'sluice 1.0 é',
        }).toBuffer();
        const decoded = DeltaDiscoveryResponse.decode(own);
        expect(decoded).toMatchObject({ typeUrl: typeUrl.cluster, nonce, removedResources: removed });
        expect(decoded.controlPlane).toMatchObject({ identifier: 'sluice 1.0 é' });
        expect(
          decoded.resources?.map((one) => [
            one.name,
            one.version,
            one.resource?.typeUrl,
            Buffer.from(one.resource?.value ?? []),
          ]),
        ).toEqual(resources.map((one) => [one.name, one.version, one.typeUrl, Buffer.from(one.bytes)]));
      },
    ),
  );
});

test.each([0, 127, 128, 16_383, 16_384, 2_097_152])('a resource of %i bytes is whole', (length) => {
  const bytes = Buffer.alloc(length, 7);
  const message = new DeltaMessage({
    typeUrl: typeUrl.route,
    nonce: '1',
    removed: [],
    controlPlane: 'c',
    resources: [{ typeUrl: typeUrl.route, name: 'n', version: 'v', bytes, madeOf: [], names: [] }],
  }).toBuffer();
  const [resourceRead] = DeltaDiscoveryResponse.decode(message).resources ?? [];
  expect(Buffer.compare(Buffer.from(resourceRead?.resource?.value ?? []), bytes)).toBe(0);
});
