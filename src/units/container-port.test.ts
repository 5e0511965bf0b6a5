import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { containerPorts } from './container-port.ts';

test.each<[string, number[], [number, number][]]>([
  [
    '80 and 443 are 10,000 higher',
    [80, 443],
    [
      [443, 10_443],
      [80, 10_080],
    ],
  ],
  [
    'a port that needs no privileges stays',
    [1024, 8080, 65_535],
    [
      [1024, 1024],
      [65_535, 65_535],
      [8080, 8080],
    ],
  ],
  [
    'a listener on the higher port keeps it',
    [80, 10_080],
    [
      [10_080, 10_080],
      [80, 20_080],
    ],
  ],
  [
    'the ports of the pod itself are not taken',
    [19_000, 19_003],
    [
      [19_000, 29_000],
      [19_003, 29_003],
    ],
  ],
  [
    'a step may not end on a port of the pod either',
    [80, 10_080, 20_080, 30_080, 40_080, 50_080, 60_080],
    [
      [10_080, 10_080],
      [20_080, 20_080],
      [30_080, 30_080],
      [40_080, 40_080],
      [50_080, 50_080],
      [60_080, 60_080],
      [80, 60_081],
    ],
  ],
])('%s', (_, ports, expected) => {
  expect(containerPorts([ports])).toEqual(new Map(expected));
});

test('every port gets one of its own that is unprivileged, and the order of listeners means nothing', () => {
  const port = fc.oneof(
    fc.integer({ min: 1, max: 65_535 }),
    fc.constantFrom(80, 443, 10_080, 10_443, 18_000, 19_000),
  );
  fc.assert(
    fc.property(fc.array(port, { maxLength: 64 }), (ports) => {
      const found = containerPorts([ports]);
      expect(new Set(found.keys())).toEqual(new Set(ports));
      expect(new Set(found.values()).size).toBe(found.size);
      for (const bound of found.values()) {
        expect(bound >= 1024 && bound <= 65_535 && bound !== 19_000).toBe(true);
      }
      expect(containerPorts([ports.toReversed()])).toEqual(found);
    }),
  );
});
