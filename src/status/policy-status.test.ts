import { expect, test } from 'vitest';
import { policyStatus } from './policy-status.ts';

function ancestor(name: string, status: string, ...more: readonly object[]): object {
  const accepted = { type: 'Accepted', status, reason: 'x', message: 'y', observedGeneration: 3 };
  return { ancestorRef: { namespace: 'ns', name }, controllerName: 'c', conditions: [accepted, ...more] };
}

const rejected = {
  type: 'Programmed',
  status: 'False',
  reason: 'Invalid',
  message: 'no such filter',
  observedGeneration: 3,
};
const rejections = new Map([['ns/web', 'no such filter']]);

test('a policy says of the Gateway alone whose proxies reject it that they do, and why', () => {
  const report = { ancestors: [ancestor('web', 'True'), ancestor('edge', 'True')] };
  expect(policyStatus(report, rejections)).toEqual({
    ancestors: [ancestor('web', 'True', rejected), ancestor('edge', 'True')],
  });
});

test('a policy that is not accepted, or not rejected, or without a report, stays as it was', () => {
  const report = { ancestors: [ancestor('web', 'False')] };
  expect(policyStatus(report, rejections)).toEqual(report);
  const accepted = { ancestors: [ancestor('web', 'True')] };
  expect(policyStatus(accepted, new Map())).toBe(accepted);
  expect(policyStatus(undefined, rejections)).toBeUndefined();
});
