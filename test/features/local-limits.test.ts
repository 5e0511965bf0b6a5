import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const selected = [{ headers: [{ name: 'x-user', type: 'Distinct' }] }];

async function started(...rules: readonly object[]) {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    m.httpRoute([{ backendRefs: [m.backend()] }], { hostnames: ['a.test'] }),
    m.policy('BackendTrafficPolicy', {
      targetRefs: [{ kind: 'Gateway', name: 'web' }],
      rateLimit: { type: 'Local', local: { rules } },
    }),
  ]);
  const client = await pipeline.connected();
  return {
    routes: JSON.stringify(client.routes('default/web/80:*')),
    status: JSON.stringify(pipeline.status('BackendTrafficPolicy', 'policy')),
  };
}

test('a rule is a descriptor with a bucket, and one without selectors the bucket of other requests', async () => {
  const { routes, status } = await started(
    { clientSelectors: selected, limit: { requests: 2, unit: 'Hour' } },
    { limit: { requests: 5, unit: 'Minute' } },
  );
  expect(routes).toContain('"entries":[{"key":"rule-0-0"}]');
  expect(routes).toContain('"tokenBucket":{"maxTokens":2,"tokensPerFill":2,"fillInterval":"3600s"}');
  expect(routes).toContain('"tokenBucket":{"maxTokens":5,"tokensPerFill":5,"fillInterval":"60s"}');
  expect(routes).toContain('"alwaysConsumeDefaultTokenBucket":false');
  expect(status).toContain('limits count anew when routes of the Gateway change');
});

test.each<[string, object[], string]>([
  [
    'a unit that is no multiple of the common one',
    [
      { clientSelectors: selected, limit: { requests: 2, unit: 'Second' } },
      { limit: { requests: 5, unit: 'Minute' } },
    ],
    'spec.rateLimit.local.rules[0].limit.unit: must be a multiple of the unit',
  ],
  [
    'an expression that is none',
    [
      {
        clientSelectors: [{ path: { type: 'RegularExpression', value: '(' } }],
        limit: { requests: 2, unit: 'Hour' },
      },
    ],
    'spec.rateLimit.local.rules[0].clientSelectors[0]: (',
  ],
  ['no requests', [{ limit: { requests: 0, unit: 'Hour' } }], 'spec.rateLimit.local.rules[0].limit.requests'],
])('%s: the routes answer 500', async (_, rules, message) => {
  const { routes, status } = await started(...rules);
  expect(routes).toContain('"directResponse":{"status":500}');
  expect(status).toContain(message);
});
