import { expect, test } from 'vitest';
import { served, traffic } from '../rig/pipeline/traffic-policy.ts';

test.each<[string, object, object]>([
  ['forwarded', {}, { upgradeType: 'CONNECT' }],
  ['ended', { connect: { terminate: true } }, { upgradeType: 'CONNECT', connectConfig: {} }],
])('CONNECT is %s by a route that takes nothing else', async (_, fields, config) => {
  const { routes, accepted } = await served([traffic({ httpUpgrade: [{ type: 'CONNECT', ...fields }] })]);
  expect(accepted).toMatchObject({ status: 'True', message: 'the policy is accepted' });
  expect(routes).toMatchObject([{ match: { connectMatcher: {} } }]);
  expect(routes[0]?.route?.['upgradeConfigs']).toEqual([
    config,
    { upgradeType: 'websocket', enabled: false },
  ]);
});

test('attempts per priority of 0 are not given', async () => {
  const { routes } = await served([traffic({ retry: { numAttemptsPerPriority: 0 } })]);
  expect(routes[0]?.route?.['retryPolicy']).not.toHaveProperty('retryPriority');
});

test('traces of a route are those of the policy, without what reads from the proxy', async () => {
  const tracing = {
    samplingFraction: { numerator: 1, denominator: 8 },
    overallSamplingFraction: { numerator: 0 },
    customTags: {
      z: { type: 'Literal', literal: { value: '1 %' } },
      from: { type: 'RequestHeader', requestHeader: { name: 'x-from', defaultValue: 'none' } },
      secret: { type: 'Environment', environment: { name: 'TOKEN' } },
    },
    tags: { a: '%REQ(:PATH)%', secret: '%ENVIRONMENT(TOKEN)%' },
    spanName: { client: 'in %ROUTE_NAME%', server: 'out' },
  };
  const { routes, accepted } = await served([traffic({ telemetry: { tracing } })]);
  expect(routes).toMatchObject([
    {
      tracing: {
        clientSampling: { denominator: 'MILLION' },
        randomSampling: { numerator: 125_000, denominator: 'MILLION' },
        overallSampling: { denominator: 'MILLION' },
        customTags: [
          { tag: 'a', value: '%REQ(:PATH)%' },
          { tag: 'from', requestHeader: { name: 'x-from', defaultValue: 'none' } },
          { tag: 'z', literal: { value: '1 %' } },
        ],
        operation: 'in %ROUTE_NAME%',
        upstreamOperation: 'out',
      },
    },
  ]);
  expect(accepted?.message).toBe(
    'the policy is accepted, without what is not supported: ' +
      'spec.telemetry.tracing.customTags.secret.type Environment, spec.telemetry.tracing.tags.secret ' +
      '(must not use %ENVIRONMENT%: it tells more than of the request)',
  );
});

test.each<[object, string]>([
  [{ path: { type: 'ReplaceFullPath', replaceFullPath: '/login' } }, 'REQ://HOST/login'],
  [{ hostname: 'login.test' }, 'REQ://login.testPATH'],
  [{ scheme: 'https', hostname: 'login.test', port: 443 }, 'https://login.testPATH'],
  [{ scheme: 'https', hostname: 'login.test', port: 8443 }, 'https://login.test:8443PATH'],
  [{ scheme: 'https' }, 'https://HOSTPATH'],
])('an answer is replaced by a redirect: %j', async (redirect, location) => {
  const match = { statusCodes: [{ value: 401 }] };
  const { routes } = await served([traffic({ responseOverride: [{ match, redirect }] })]);
  const text = JSON.stringify(routes)
    .replaceAll('%STREAM_INFO_REQ(:SCHEME)%', 'REQ')
    .replaceAll('%STREAM_INFO_REQ(:AUTHORITY)%', 'HOST')
    .replaceAll('%STREAM_INFO_REQ(:PATH)%', 'PATH');
  expect(text).toContain(`{"key":"location","value":"${location}"}`);
  expect(text).toContain('"statusCode":302');
});
