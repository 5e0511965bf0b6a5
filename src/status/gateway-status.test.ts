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
const attached = (listener: string) => (listener === 'http' ? 3 : 0);

test('without a proxy everything is as translation said, but for the number of routes', () => {
  expect(gatewayStatus(report, attached, false)).toEqual({
    conditions: [accepted, open],
    listeners: [
      { name: 'http', attachedRoutes: 3, conditions: [accepted, open] },
      { name: 'bad', attachedRoutes: 0, conditions: [accepted, never] },
    ],
  });
});

test('a proxy decides Programmed where translation left it open, and nothing else', () => {
  const status = gatewayStatus(report, attached, true) as typeof report;
  const programmed = expect.objectContaining({ status: 'True', reason: 'Programmed' }) as unknown;
  expect(status.conditions).toEqual([accepted, programmed]);
  expect(status.listeners.map(({ conditions }) => conditions)).toEqual([
    [accepted, programmed],
    [accepted, never],
  ]);
});
