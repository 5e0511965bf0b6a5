import { expect, test } from 'vitest';
import { gatewayStatus } from './gateway-status.ts';

const open = { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'waiting' };
const never = { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'conflicted' };
const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };
const report = {
  conditions: [accepted, open],
  listeners: [
    { name: 'http', attachedRoutes: 0, conditions: [accepted, open] },
    { name: 'bad', attachedRoutes: 0, conditions: [accepted, never] },
  ],
};
const dataPlane = {
  attachedRoutes: (listener: string) => (listener === 'http' ? 3 : 0),
  isProgrammed: false,
  problem: undefined,
  rejections: new Map<string, string>(),
};

test('without a proxy everything is as translation said, but for the number of routes', () => {
  expect(gatewayStatus(report, dataPlane)).toEqual({
    conditions: [accepted, open],
    listeners: [
      { name: 'http', attachedRoutes: 3, conditions: [accepted, open] },
      { name: 'bad', attachedRoutes: 0, conditions: [accepted, never] },
    ],
  });
});

test('a proxy decides Programmed where translation left it open, and nothing else', () => {
  const status = gatewayStatus(report, { ...dataPlane, isProgrammed: true }) as typeof report;
  const programmed = expect.objectContaining({ status: 'True', reason: 'Programmed' }) as unknown;
  expect(status.conditions).toEqual([accepted, programmed]);
  expect(status.listeners.map(({ conditions }) => conditions)).toEqual([
    [accepted, programmed],
    [accepted, never],
  ]);
});

test('what keeps proxies from being run is said where Programmed is open, as long as no proxy has it', () => {
  const status = gatewayStatus(report, {
    ...dataPlane,
    problem: 'spec.replicas: must be a number',
  }) as typeof report;
  const invalid = { status: 'False', reason: 'Invalid' };
  expect(status.conditions[1]).toMatchObject({
    ...invalid,
    message: 'the proxies cannot be run: spec.replicas: must be a number',
  });
  expect(status.listeners[0]?.conditions[1]).toMatchObject(invalid);
  expect(status.listeners[1]?.conditions[1]).toEqual(never);
  const programmed = { ...dataPlane, isProgrammed: true };
  expect(gatewayStatus(report, { ...programmed, problem: 'anything' })).toEqual(
    gatewayStatus(report, programmed),
  );
});

test('what proxies reject of a Gateway keeps it from being programmed, whatever they had before', () => {
  const rejections = new Map([['ns/web', 'address in use']]);
  const status = gatewayStatus(report, { ...dataPlane, isProgrammed: true, rejections }) as typeof report;
  const invalid = { status: 'False', reason: 'Invalid', message: 'address in use' };
  expect(status.conditions[1]).toMatchObject(invalid);
  expect(status.listeners[0]?.conditions[1]).toMatchObject(invalid);
});
