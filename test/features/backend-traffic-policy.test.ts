import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { backends, base, gatewayTarget, served, traffic } from '../rig/pipeline/traffic-policy.ts';

const hundred = { numerator: 1_000_000, denominator: 'MILLION' };
const fixed = (filter: string) => `envoy.filters.http.${filter}`;

const above = (spec: object) =>
  m.policy('BackendTrafficPolicy', { targetRefs: [gatewayTarget], ...spec }, { name: 'above' });

test.each<[string, object, object]>([
  ['a request timeout', { timeout: { http: { requestTimeout: '3s' } } }, { timeout: '3s' }],
  [
    'stream timeouts',
    { timeout: { http: { streamIdleTimeout: '0s', maxStreamDuration: '1h' } } },
    { idleTimeout: '0s', maxStreamDuration: { maxStreamDuration: '3600s' } },
  ],
  [
    'retries by default',
    { retry: {} },
    {
      retryPolicy: {
        retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
        numRetries: 2,
        retriableStatusCodes: [503],
        hostSelectionRetryMaxAttempts: '5',
      },
    },
  ],
  [
    'retries',
    {
      retry: {
        numRetries: 4,
        retryOn: { triggers: ['5xx', 'new-one'], httpStatusCodes: [429] },
        perRetry: { timeout: '250ms', backOff: { baseInterval: '10ms', maxInterval: '1s' } },
      },
    },
    {
      retryPolicy: {
        retryOn: '5xx',
        numRetries: 4,
        retriableStatusCodes: [429],
        perTryTimeout: '0.250s',
        retryBackOff: { baseInterval: '0.010s', maxInterval: '1s' },
      },
    },
  ],
  [
    'retries at other priorities',
    { retry: { numAttemptsPerPriority: 2 } },
    {
      retryPolicy: {
        retryPriority: {
          name: 'envoy.retry_priorities.previous_priorities',
          typedConfig: { updateFrequency: 2 },
        },
      },
    },
  ],
  [
    'upgrades',
    { httpUpgrade: [{ type: 'spdy/3.1' }] },
    { upgradeConfigs: [{ upgradeType: 'spdy/3.1' }, { upgradeType: 'websocket', enabled: false }] },
  ],
  [
    'no upgrades of requests that are buffered',
    { requestBuffer: { limit: '1k' } },
    { upgradeConfigs: [{ upgradeType: 'websocket', enabled: false }] },
  ],
])('%s: part of the route’s action', async (_, spec, action) => {
  const { routes, accepted } = await served([traffic(spec)]);
  expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(routes).toMatchObject([{ route: { cluster: 'default/app/80/http1', ...action } }]);
});

test.each<[string, object, string, object]>([
  [
    'a fault',
    {
      faultInjection: { delay: { fixedDelay: '2s', percentage: 0.5 }, abort: { httpStatus: 503 } },
    },
    'fault',
    {
      delay: { fixedDelay: '2s', percentage: { numerator: 5000, denominator: 'MILLION' } },
      abort: { httpStatus: 503, percentage: hundred },
    },
  ],
  [
    'a fault of calls',
    { faultInjection: { abort: { grpcStatus: 14 } } },
    'fault',
    { abort: { grpcStatus: 14 } },
  ],
  ['a buffer', { requestBuffer: { limit: '4Ki' } }, 'buffer', { buffer: { maxRequestBytes: 4096 } }],
  [
    'compression',
    { compressor: [{ type: 'Brotli', brotli: {} }, { type: 'Gzip', minContentLength: 100 }, { type: 'Lz' }] },
    'compressor',
    {
      filterChain: {
        filters: [
          {
            name: 'envoy.filters.http.compressor.brotli',
            typedConfig: {
              compressorLibrary: { name: 'envoy.compression.brotli.compressor' },
              chooseFirst: true,
            },
          },
          {
            name: 'envoy.filters.http.compressor.gzip',
            typedConfig: { responseDirectionConfig: { commonConfig: { minContentLength: 100 } } },
          },
        ],
      },
    },
  ],
  [
    'an override',
    {
      responseOverride: [
        {
          match: { statusCodes: [{ value: 404 }, { type: 'Range', range: { start: 500, end: 511 } }] },
          response: {
            contentType: 'text/html',
            statusCode: 502,
            body: { inline: '100 %' },
            header: { set: [{ name: 'x-a', value: '1 %' }] },
          },
          source: 'Backend',
        },
      ],
    },
    'custom_response',
    {
      customResponseMatcher: {
        matcherList: {
          matchers: [
            {
              predicate: {
                andMatcher: {
                  predicate: [
                    {
                      singlePredicate: {
                        input: { name: 'status' },
                        valueMatch: { safeRegex: { regex: '404|50[0-9]|510|511' } },
                      },
                    },
                    { singlePredicate: { input: { name: 'origin' }, valueMatch: { exact: 'false' } } },
                  ],
                },
              },
              onMatch: {
                action: {
                  typedConfig: {
                    body: { inlineString: '100 %' },
                    statusCode: 502,
                    responseHeadersToAdd: [
                      { header: { key: 'content-type', value: 'text/html' } },
                      { header: { key: 'x-a', value: '1 %%' } },
                    ],
                  },
                },
              },
            },
          ],
        },
      },
    },
  ],
])('%s: config of a filter on the route', async (_, spec, filter, config) => {
  const { routes, accepted } = await served([traffic(spec)]);
  expect(accepted).toMatchObject({ status: 'True' });
  expect(routes).toMatchObject([{ typedPerFilterConfig: { [fixed(filter)]: config } }]);
});

test('statistics of a route have the name that the policy makes', async () => {
  const routeStatName = '%ROUTE_KIND%/%ROUTE_NAMESPACE%/%ROUTE_NAME%/%ROUTE_RULE_NAME%';
  const { routes } = await served([traffic({ telemetry: { metrics: { routeStatName } } })]);
  expect(routes).toMatchObject([{ statPrefix: 'HTTPRoute/default/shop/buy' }]);
});

test('what a route says itself wins over its policy', async () => {
  const rule = { ...backends, timeouts: { request: '1s' }, retry: { attempts: 7, codes: [500] } };
  const { routes } = await served(
    [traffic({ timeout: { http: { requestTimeout: '3s' } }, retry: { numRetries: 1 } })],
    [m.httpRoute([rule], { name: 'shop', hostnames: ['shop.test'] })],
  );
  expect(routes).toMatchObject([
    { route: { timeout: '1s', retryPolicy: { numRetries: 7, retriableStatusCodes: [500] } } },
  ]);
});

test('calls of a GRPCRoute have the policy’s timeout', async () => {
  const calls = m.grpcRoute([{ backendRefs: [m.backend()] }], { name: 'calls', hostnames: ['shop.test'] });
  const timeout = { http: { requestTimeout: '3s' } };
  const pipeline = await Pipeline.started([
    ...base.slice(0, -1),
    calls,
    m.policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'GRPCRoute', name: 'calls' }], timeout }),
  ]);
  const client = await pipeline.connected();
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('"timeout":"3s"');
});

test('the text of an answer comes from a ConfigMap', async () => {
  const response = { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'target' } } };
  const { routes } = await served(
    [traffic({ responseOverride: [{ match: { statusCodes: [{ value: 404 }] }, response }] })],
    [m.configMap({ 'response.body': 'not here' })],
  );
  expect(JSON.stringify(routes)).toContain('"inlineString":"not here"');
});

test('the policy of a route replaces that of its Gateway as a whole', async () => {
  const { routes, conditions } = await served([
    above({ requestBuffer: { limit: 10 }, timeout: { http: { requestTimeout: '9s' } } }),
    traffic({ timeout: { http: { maxStreamDuration: '1s' } } }),
  ]);
  expect(routes).toMatchObject([{ route: { maxStreamDuration: { maxStreamDuration: '1s' } } }]);
  expect(routes[0]?.route).not.toHaveProperty('timeout');
  expect(routes[0]).not.toHaveProperty('typedPerFilterConfig');
  expect(conditions.map(({ type }) => type)).toEqual(['Accepted']);
});

test.each<[string, string, string[]]>([
  ['StrategicMerge joins lists by their key', 'StrategicMerge', ['brotli', 'gzip']],
  ['JSONMerge replaces lists', 'JSONMerge', ['gzip']],
])('%s, and both join maps', async (_, mergeType, compressors) => {
  const { routes, conditions } = await served([
    above({ timeout: { http: { requestTimeout: '9s' } }, compressor: [{ type: 'Brotli' }] }),
    traffic({
      mergeType,
      timeout: { http: { maxStreamDuration: '1s' } },
      compressor: [{ type: 'Gzip' }],
    }),
  ]);
  expect(routes).toMatchObject([
    { route: { timeout: '9s', maxStreamDuration: { maxStreamDuration: '1s' } } },
  ]);
  const text = JSON.stringify(routes);
  const found = ['brotli', 'gzip'].filter((library) => text.includes(`envoy.compression.${library}`));
  expect(found).toEqual(compressors);
  expect(conditions.map(({ type, reason }) => [type, reason])).toEqual([
    ['Accepted', 'Accepted'],
    ['Merged', 'Merged'],
  ]);
});
