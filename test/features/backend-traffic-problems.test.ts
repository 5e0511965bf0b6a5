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
    'pings that take longer than the time between them',
    { http2: { connectionKeepalive: { interval: '1s', timeout: '1s' } } },
    'spec.http2.connectionKeepalive.timeout: must be less than interval',
  ],
  [
    'a hash of no header',
    { loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'Header' } } },
    'spec.loadBalancer.consistentHash.header: is required for type Header',
  ],
  [
    'a check by HTTP that asks for nothing',
    { healthCheck: { active: { type: 'HTTP' } } },
    'spec.healthCheck.active.http: is required for type HTTP',
  ],
  [
    'the body of a GET',
    {
      healthCheck: {
        active: { type: 'HTTP', http: { path: '/', requestBody: { type: 'Text', text: 'a' } } },
      },
    },
    'spec.healthCheck.active.http.requestBody: needs method POST or PUT',
  ],
  [
    'a payload of another type',
    { healthCheck: { active: { type: 'TCP', tcp: { send: { type: 'Binary', text: 'a' } } } } },
    'spec.healthCheck.active.tcp.send.binary: is required for type Binary',
  ],
  [
    'a budget of more than all',
    { circuitBreaker: { retryBudget: { percent: { numerator: 3, denominator: 2 } } } },
    'spec.circuitBreaker.retryBudget.percent.numerator: must not be more than the denominator',
  ],
  [
    'two ends of a request',
    { faultInjection: { abort: { httpStatus: 500, grpcStatus: 1 } } },
    'spec.faultInjection.abort.httpStatus: give either this or grpcStatus',
  ],
  [
    'a buffer of half a byte',
    { connection: { bufferLimit: '1500m' } },
    'spec.connection.bufferLimit: must be a number of bytes',
  ],
  [
    'a compression of less than Envoy takes',
    { compressor: [{ type: 'Gzip', minContentLength: 29 }] },
    'spec.compressor[0].minContentLength: must be from 30',
  ],
  [
    'an answer of two kinds',
    {
      responseOverride: [{ match: { statusCodes: [{ value: 404 }] }, response: {}, redirect: {} }],
    },
    'spec.responseOverride[0].response: give either this or a redirect',
  ],
  [
    'a connection to end of another protocol',
    { httpUpgrade: [{ type: 'websocket', connect: {} }] },
    'spec.httpUpgrade[0].connect: is for type CONNECT alone',
  ],
  [
    'a share above all',
    { telemetry: { tracing: { samplingFraction: { numerator: 101 } } } },
    'spec.telemetry.tracing.samplingFraction.numerator: must not be more than the denominator',
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
      dns: { lookupFamily: 'IPv7' },
      retry: { numRetries: 1, retryOn: { triggers: ['5xx', 'moon'] } },
      compressor: [{ type: 'Lz' }],
      httpUpgrade: [{ type: 'CONNECT-UDP' }],
      responseOverride: [{ match: { statusCodes: [{ value: 401 }] }, redirect: { port: 8443 } }],
      somethingNew: { a: 1 },
    }),
  ]);
  expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(accepted?.message).toBe(
    'the policy is accepted, without what is not supported: spec.somethingNew, ' +
      'spec.dns.lookupFamily IPv7, spec.responseOverride[0].redirect.port without a hostname, ' +
      'spec.retry.retryOn.triggers[1] moon, spec.compressor[0].type Lz, spec.httpUpgrade[0].type CONNECT-UDP',
  );
  expect(routes).toMatchObject([{ route: { retryPolicy: { retryOn: '5xx', numRetries: 1 } } }]);
});
