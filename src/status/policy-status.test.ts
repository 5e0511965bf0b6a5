import { expect, test } from 'vitest';
import { policyStatus } from './policy-status.ts';

function ancestor(name: string, status: string, ...more: readonly object[]): object {
  const accepted = { type: 'Accepted', status, reason: 'x', message: 'y', observedGeneration: 3 };
  return { ancestorRef: { namespace: 'ns', name }, controllerName: 'c', conditions: [accepted, ...more] };
}

const refused = {
  type: 'Programmed',
  status: 'False',
  reason: 'Invalid',
  message: 'no such filter',
  observedGeneration: 3,
};
const refusals = new Map([['ns/web', 'no such filter']]);

test('a policy says of the Gateway alone whose proxies refuse it that they do, and why', () => {
  const report = { ancestors: [ancestor('web', 'True'), ancestor('edge', 'True')] };
  expect(policyStatus(report, refusals)).toEqual({
    ancestors: [ancestor('web', 'True', refused), ancestor('edge', 'True')],
  });
});

test('a policy that is not accepted, or that nobody refuses, or without a report, is as it was', () => {
  const report = { ancestors: [ancestor('web', 'False')] };
  expect(policyStatus(report, refusals)).toEqual(report);
  const accepted = { ancestors: [ancestor('web', 'True')] };
  expect(policyStatus(accepted, new Map())).toBe(accepted);
  expect(policyStatus(undefined, refusals)).toBeUndefined();
});
