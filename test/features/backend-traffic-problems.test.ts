import { expect, test } from 'vitest';
import { gatewayTarget, served, traffic } from '../rig/pipeline/traffic-policy.ts';

test.each<[string, object, string]>([
  [
    'a retry whose longest wait is the shorter one',
    { retry: { perRetry: { backOff: { baseInterval: '2s', maxInterval: '1s' } } } },
    'spec.retry.perRetry.backOff.maxInterval: must not be below baseInterval',
  ],
  [
    'a longest wait alone',
    { retry: { perRetry: { backOff: { maxInterval: '1s' } } } },
    'spec.retry.perRetry.backOff.baseInterval: is required with maxInterval',
  ],
  [
    'two forms of compression',
    { compression: [], compressor: [] },
    'spec.compression: give either this or compressor',
  ],
  ['a limit that is not supported', { bandwidthLimit: {} }, 'spec.bandwidthLimit: is not supported yet'],
  [
    'global limits',
    { rateLimit: { type: 'Global', global: { rules: [] } } },
    'spec.rateLimit.global: is not supported yet',
  ],
  [
    'a part of a limit that no release has',
    { rateLimit: { local: { rules: [{ limit: { requests: 1, unit: 'Hour', burst: 2 } }] } } },
    'spec.rateLimit',
  ],
  [
    'an expression that is none',
    {
      responseOverride: [
        {
          match: { responseHeaders: [{ name: 'a', value: { type: 'RegularExpression', value: '(' } }] },
          response: {},
        },
      ],
    },
    'spec.responseOverride[0].match.responseHeaders[0].value: ',
  ],
  [
    'a text that is nowhere',
    {
      responseOverride: [
        {
          match: { statusCodes: [{ value: 404 }] },
          response: { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'no' } } },
        },
      ],
    },
    'spec.responseOverride[0].response.body.valueRef.name: ConfigMap default/no does not exist',
  ],
  [
    'a merge at a Gateway',
    { targetRefs: [gatewayTarget], mergeType: 'JSONMerge' },
    'spec.mergeType: is for policies of routes alone',
  ],
])('%s: the routes of the policy answer 500, and the condition says why', async (_, spec, message) => {
  const { routes, accepted } = await served([traffic(spec)]);
  expect(accepted).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(accepted?.message).toContain(message);
  expect(accepted?.message).toContain('; its routes answer 500');
  expect(routes.map(({ directResponse }) => directResponse?.status)).toEqual([500]);
});

test('fields and values that are not supported are named, and the rest is in force', async () => {
  const { routes, accepted } = await served([
    traffic({
      telemetry: { tracing: { samplingFraction: { numerator: 1 } } },
      dns: { respectDnsTtl: true },
      retry: { numRetries: 1, retryOn: { triggers: ['5xx', 'moon'] } },
      compressor: [{ type: 'Lz' }],
      httpUpgrade: [{ type: 'CONNECT' }],
      somethingNew: { a: 1 },
    }),
  ]);
  expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(accepted?.message).toBe(
    'the policy is accepted, without what is not supported: spec.telemetry.tracing, spec.dns, spec.somethingNew, ' +
      'spec.retry.retryOn.triggers[1] moon, spec.compressor[0].type Lz, spec.httpUpgrade[0].type CONNECT',
  );
  expect(routes).toMatchObject([{ route: { retryPolicy: { retryOn: '5xx', numRetries: 1 } } }]);
});
