import { expect, test } from 'vitest';
import { answers, started } from '../rig/pipeline/security-policy.ts';
import * as m from '../rig/objects/manifests.ts';
import type { Pipeline, Condition } from '../rig/pipeline/pipeline.ts';

const kind = 'EnvoyPatchPolicy';
const policy = m.policy(kind, {
  targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' },
});

function unsupported(pipeline: Pipeline): Condition | undefined {
  const { conditions } = pipeline.status('Gateway', 'web') as { conditions: readonly Condition[] };
  return conditions.find(({ type }) => type === 'sluice.dev/PoliciesNotSupported');
}

test('a policy that is not supported closes nothing, and its Gateway names it', async () => {
  const { pipeline, client } = await started(policy);
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  expect(unsupported(pipeline)).toMatchObject({ status: 'True', reason: 'PoliciesIgnored' });
  pipeline.delete(policy);
  await pipeline.drain();
  expect(unsupported(pipeline)).toBeUndefined();
});

test('it says itself that it is not supported', async () => {
  const { pipeline } = await started(policy);
  expect(pipeline.status(kind, 'policy')).toMatchObject({
    ancestors: [
      {
        ancestorRef: { kind: 'Gateway', namespace: 'default', name: 'web' },
        conditions: [
          {
            type: 'Accepted',
            status: 'False',
            reason: 'NotSupported',
            observedGeneration: 7,
            message: expect.stringContaining('served as if it did not exist') as unknown,
          },
        ],
      },
    ],
  });
});
