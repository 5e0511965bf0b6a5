import { expect, test } from 'vitest';
import { portOwners } from './port-owners.ts';

test('Gateways on different ports all run', () => {
  const gateways = [
    { gateway: 'a/two', ports: [81, 82] },
    { gateway: 'a/one', ports: [80] },
  ];
  expect(portOwners(gateways, new Set())).toEqual({ run: ['a/one', 'a/two'], conflicts: [] });
});

test('of two Gateways on one port the first by name runs, and one line names both', () => {
  const gateways = [
    { gateway: 'b/web', ports: [443, 80] },
    { gateway: 'a/web', ports: [80] },
  ];
  expect(portOwners(gateways, new Set())).toEqual({
    run: ['a/web'],
    conflicts: [
      'Gateways a/web and b/web both want port 80: b/web gets no Envoy until one of them changes its port',
    ],
  });
});

test('a Gateway that runs keeps its port', () => {
  const gateways = [
    { gateway: 'a/web', ports: [80] },
    { gateway: 'b/web', ports: [80] },
  ];
  expect(portOwners(gateways, new Set(['b/web'])).run).toEqual(['b/web']);
});
