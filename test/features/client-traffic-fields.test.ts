import { expect, test } from 'vitest';
import { ClientFixture, clientPolicy } from '../rig/pipeline/client-policy.ts';

const name = (value: string) => ({ name: value, value: 'v' });

/** Fields of the HTTP server that a part of a policy sets. */
test.each<[string, object, object]>([
  [
    'keeps escaped slashes',
    { path: { escapedSlashesAction: 'KeepUnchanged' } },
    { pathWithEscapedSlashesAction: 'KEEP_UNCHANGED' },
  ],
  [
    'refuses escaped slashes',
    { path: { escapedSlashesAction: 'RejectRequest' } },
    { pathWithEscapedSlashesAction: 'REJECT_REQUEST' },
  ],
  [
    'forwards escaped slashes',
    { path: { escapedSlashesAction: 'UnescapeAndForward' } },
    { pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD' },
  ],
  [
    'trusts hops',
    { clientIPDetection: { xForwardedFor: { numTrustedHops: 2, disableXForwardedForAppend: true } } },
    {
      useRemoteAddress: false,
      originalIpDetectionExtensions: [
        {
          name: 'envoy.extensions.http.original_ip_detection.xff',
          typedConfig: { xffNumTrustedHops: 1, skipXffAppend: true },
        },
      ],
    },
  ],
  [
    'trusts networks',
    { clientIPDetection: { xForwardedFor: { trustedCIDRs: ['10.0.0.0/8', '2001:db8::/32'] } } },
    {
      originalIpDetectionExtensions: [
        {
          typedConfig: {
            xffTrustedCidrs: {
              cidrs: [
                { addressPrefix: '10.0.0.0', prefixLen: 8 },
                { addressPrefix: '2001:db8::', prefixLen: 32 },
              ],
            },
          },
        },
      ],
    },
  ],
  [
    'trusts a header',
    { clientIPDetection: { customHeader: { name: 'X-Real-IP', failClosed: true } } },
    {
      useRemoteAddress: false,
      originalIpDetectionExtensions: [
        {
          typedConfig: {
            headerName: 'X-Real-IP',
            allowExtensionToSetAddressAsTrusted: true,
            rejectWithStatus: { code: 'Forbidden' },
          },
        },
      ],
    },
  ],
  [
    'takes the address of the connection',
    { clientIPDetection: { directSourceIP: {} } },
    { useRemoteAddress: true },
  ],
  [
    'drops underscores',
    { headers: { withUnderscoresAction: 'DropHeader' } },
    { commonHttpProtocolOptions: { headersWithUnderscoresAction: 'DROP_HEADER' } },
  ],
  [
    'forwards certificates',
    { headers: { xForwardedClientCert: { mode: 'SanitizeSet', certDetailsToAdd: ['Subject', 'URI'] } } },
    { forwardClientCertDetails: 'SANITIZE_SET', setCurrentClientCertDetails: { subject: true, uri: true } },
  ],
  [
    'keeps request IDs',
    { headers: { requestID: 'Preserve' } },
    { generateRequestId: false, preserveExternalRequestId: true },
  ],
  [
    'keeps request IDs, older form',
    { headers: { preserveXRequestID: true } },
    { preserveExternalRequestId: true },
  ],
  ['makes no request IDs', { headers: { requestID: 'Disable' } }, { generateRequestId: false }],
  [
    'changes early headers',
    {
      headers: {
        earlyRequestHeaders: {
          set: [name('a')],
          add: [name('b')],
          addIfAbsent: [{ name: 'c', value: '50%' }],
          remove: ['d'],
          removeOnMatch: [{ type: 'Prefix', value: 'X-In-' }],
        },
      },
    },
    {
      earlyHeaderMutationExtensions: [
        {
          typedConfig: {
            mutations: [
              { append: { header: { key: 'a' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' } },
              { append: { header: { key: 'b' } } },
              { append: { header: { key: 'c', value: '50%%' }, appendAction: 'ADD_IF_ABSENT' } },
              { remove: 'd' },
              { removeOnMatch: { keyMatcher: { prefix: 'x-in-' } } },
            ],
          },
        },
      ],
    },
  ],
  ['strips a dot', { headers: { host: { stripTrailingHostDot: true } } }, { stripTrailingHostDot: true }],
  ['matches the scheme', { scheme: 'MatchBackend' }, { schemeHeaderTransformation: { matchUpstream: true } }],
  [
    'bounds times',
    {
      timeout: {
        http: {
          requestReceivedTimeout: '5s',
          requestHeadersReceivedTimeout: '2s',
          idleTimeout: '1m',
          streamIdleTimeout: '0s',
        },
      },
    },
    {
      requestTimeout: '5s',
      requestHeadersTimeout: '2s',
      streamIdleTimeout: '0s',
      commonHttpProtocolOptions: { idleTimeout: '60s' },
    },
  ],
  [
    'bounds connections',
    {
      connection: {
        connectionLimit: {
          maxConnectionDuration: '1h',
          maxRequestsPerConnection: 9,
          maxStreamDuration: '2s',
        },
      },
    },
    {
      http1SafeMaxConnectionDuration: true,
      commonHttpProtocolOptions: {
        maxConnectionDuration: '3600s',
        maxRequestsPerConnection: 9,
        maxStreamDuration: '2s',
      },
    },
  ],
  [
    'speaks HTTP/1',
    {
      http1: {
        enableTrailers: true,
        preserveHeaderCase: true,
        http10: {},
        ignoredUpgradeTypes: [{ type: 'Prefix', value: 'TLS/' }],
      },
    },
    {
      httpProtocolOptions: {
        enableTrailers: true,
        acceptHttp10: true,
        headerKeyFormat: { statefulFormatter: { name: 'preserve_case' } },
        ignoreHttp11Upgrade: [{ prefix: 'TLS/' }],
      },
    },
  ],
  [
    'speaks HTTP/2',
    {
      http2: {
        initialStreamWindowSize: '128Ki',
        maxConcurrentStreams: 7,
        onInvalidMessage: 'TerminateStream',
        connectionKeepalive: { interval: '10s', timeout: '2s' },
      },
    },
    {
      http2ProtocolOptions: {
        initialStreamWindowSize: 131_072,
        maxConcurrentStreams: 7,
        overrideStreamErrorOnInvalidHttpMessage: true,
        connectionKeepalive: { interval: '10s', timeout: '2s' },
      },
    },
  ],
])('%s', async (_title, spec, expected) => {
  const fixture = await ClientFixture.started([clientPolicy(spec)]);
  expect(fixture.http(80)).toMatchObject(expected);
  expect(fixture.http(443, 'a.test')).toMatchObject(expected);
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True', reason: 'Accepted' });
});

test('merges slashes unless the policy says no', async () => {
  const merged = await ClientFixture.started([]);
  expect(merged.http(80)).toMatchObject({ mergeSlashes: true });
  const kept = await ClientFixture.started([clientPolicy({ path: { disableMergeSlashes: true } })]);
  expect(kept.http(80)['mergeSlashes']).toBeUndefined();
});

function filtersOf(fixture: ClientFixture) {
  return fixture.http(80)['httpFilters'] as { readonly name: string; readonly typedConfig: object }[];
}

function namesOf(fixture: ClientFixture): string[] {
  return filtersOf(fixture).map(({ name: of }) => of.replace('envoy.filters.http.', ''));
}

test('adds filters at their places', async () => {
  const plain = await ClientFixture.started([]);
  const spec = {
    healthCheck: { path: '/healthz' },
    grpc: { enableWeb: true },
    headers: { enableEnvoyHeaders: true },
  };
  const fixture = await ClientFixture.started([clientPolicy(spec)]);
  const names = namesOf(fixture);
  const before = new Set(namesOf(plain));
  expect(names.filter((one) => !before.has(one))).toEqual(['health_check', 'grpc_web']);
  expect(names.indexOf('health_check')).toBe(names.indexOf('custom_response') + 1);
  expect(names.indexOf('grpc_web')).toBe(names.indexOf('credential_injector') - 1);
  expect(filtersOf(fixture).at(-1)?.typedConfig).not.toHaveProperty('suppressEnvoyHeaders');
});

test('late headers are a change of the routes, and of no Listener', async () => {
  const { pipeline, client } = await ClientFixture.started([]);
  const lateResponseHeaders = { set: [name('x-late')], removeOnMatch: [{ value: 'Server' }] };
  pipeline.apply(clientPolicy({ headers: { lateResponseHeaders } }));
  await pipeline.drain();
  const lines = client.take();
  expect(lines.filter((line) => line.startsWith('LDS'))).toEqual([]);
  expect(lines.join(' ')).toContain('RDS');
  expect(client.json('RDS', 'default/web/80:*')).toMatchObject({
    typedPerFilterConfig: {
      'envoy.filters.http.header_mutation': {
        mutations: {
          responseMutations: [
            { append: { header: { key: 'x-late', value: 'v' } } },
            { removeOnMatch: { keyMatcher: { exact: 'server' } } },
          ],
        },
      },
    },
  });
});

test('a policy that asks for what is there already changes nothing', async () => {
  const { pipeline, client } = await ClientFixture.started([]);
  pipeline.apply(
    clientPolicy({
      path: { escapedSlashesAction: 'UnescapeAndRedirect' },
      headers: { requestID: 'Generate', xForwardedClientCert: { mode: 'Sanitize' } },
      http1: {},
      http2: { maxConcurrentStreams: 100 },
      grpc: { enableWeb: false },
      scheme: 'Preserve',
    }),
  );
  await pipeline.drain();
  expect(client.take()).toEqual([]);
});

test.each([
  ['a.test', 'a.test'],
  ['*.test', undefined],
])('an HTTP/1.0 request to %s gets its host', async (hostname, expected) => {
  const m = await import('../rig/objects/manifests.ts');
  const fixture = await ClientFixture.started(
    [clientPolicy({ http1: { http10: { useDefaultHost: true } } })],
    m.gateway([m.httpListener({ hostname })]),
  );
  const options = fixture.http(80)['httpProtocolOptions'] as { defaultHostForHttp10?: string };
  expect(options.defaultHostForHttp10).toBe(expected);
});
