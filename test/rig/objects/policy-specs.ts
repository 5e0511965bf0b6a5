import * as m from './manifests.ts';

/**
 * Specs that have, together, every field of a kind, with values that let every request pass: fields that exclude each
 * other, or that need another backend, are in different ones.
 */
export const trafficSpecs: readonly object[] = [
  {
    loadBalancer: { type: 'RoundRobin', slowStart: { window: '2s' } },
    retry: {
      numRetries: 2,
      numAttemptsPerPriority: 1,
      retryOn: { triggers: ['5xx', 'retriable-status-codes'], httpStatusCodes: [503] },
      perRetry: { timeout: '9s', backOff: { baseInterval: '20ms', maxInterval: '100ms' } },
    },
  },
  {
    loadBalancer: {
      type: 'ConsistentHash',
      consistentHash: {
        type: 'Header',
        header: { name: 'x-one' },
        headers: [{ name: 'x-one' }, { name: 'x-two' }],
        cookie: { name: 'at', ttl: '60s', attributes: { SameSite: 'Strict' } },
        queryParams: [{ name: 'q' }],
        tableSize: 65_537,
      },
    },
  },
  {
    loadBalancer: {
      type: 'BackendUtilization',
      backendUtilization: {
        blackoutPeriod: '10s',
        weightExpirationPeriod: '180s',
        weightUpdatePeriod: '1s',
        errorUtilizationPenaltyPercent: 100,
        metricNamesForComputingUtilization: ['named_metrics.load'],
        keepResponseHeaders: true,
        outOfBand: { reportingPeriod: '10s', port: 8080, authority: 'load.test' },
      },
      endpointOverride: { extractFrom: [{ header: 'x-endpoint' }] },
    },
  },
  { loadBalancer: { type: 'LeastRequest', zoneAware: { weightedZones: [{ zone: 'a', weight: 2 }] } } },
  // No endpoint passes these checks, so all are used.
  {
    healthCheck: { active: { type: 'TCP', interval: '1s', tcp: {}, overrides: { port: 9 } } },
  },
  { dns: { dnsRefreshRate: '30s', respectDnsTtl: true, lookupFamily: 'IPv4' } },
  { httpUpgrade: [{ type: 'CONNECT', connect: { terminate: false } }] },
  {
    telemetry: {
      tracing: {
        samplingFraction: { numerator: 1, denominator: 100 },
        clientSamplingFraction: { numerator: 1, denominator: 100 },
        overallSamplingFraction: { numerator: 1, denominator: 100 },
        customTags: { team: { type: 'Literal', literal: { value: 'a' } } },
        tags: { path: '%REQ(:PATH)%' },
        spanName: { client: 'in', server: 'out' },
      },
    },
  },
  { proxyProtocol: { version: 'V1' }, tcpKeepalive: { probes: 3, idleTime: '60s', interval: '30s' } },
  {
    healthCheck: {
      active: {
        timeout: '1s',
        interval: '1s',
        initialJitter: '100ms',
        unhealthyThreshold: 3,
        healthyThreshold: 1,
        type: 'HTTP',
        http: {
          hostname: 'up.test',
          path: '/up',
          method: 'POST',
          expectedStatuses: [200],
          retriableStatuses: [503],
          expectedResponse: { type: 'Text', text: 'backend', binary: 'YmFja2VuZA==' },
          requestBody: { type: 'Text', text: 'up', binary: 'dXA=' },
        },
        tcp: {
          send: { type: 'Text', text: 'up', binary: 'dXA=' },
          receive: { type: 'Text', text: 'HTTP', binary: 'SFRUUA==' },
        },
        grpc: { service: 'up' },
      },
      passive: {
        splitExternalLocalOriginErrors: false,
        interval: '3s',
        consecutiveLocalOriginFailures: 5,
        consecutiveGatewayErrors: 5,
        consecutive5XxErrors: 5,
        baseEjectionTime: '30s',
        maxEjectionPercent: 10,
        failurePercentageThreshold: 85,
        alwaysEjectOneEndpoint: false,
      },
      panicThreshold: 50,
    },
  },
  {
    circuitBreaker: {
      maxConnections: 1024,
      maxPendingRequests: 1024,
      maxParallelRequests: 1024,
      maxParallelRetries: 1024,
      maxRequestsPerConnection: 1000,
      perEndpoint: { maxConnections: 1024 },
      retryBudget: { percent: { numerator: 50, denominator: 100 }, minRetryConcurrency: 3 },
    },
    connection: {
      bufferLimit: '32Ki',
      socketBufferLimit: '64Ki',
      preconnect: { perEndpointPercent: 110, predictivePercent: 110 },
    },
  },
  {
    timeout: {
      tcp: { connectTimeout: '10s' },
      http: {
        connectionIdleTimeout: '3600s',
        maxConnectionDuration: '3600s',
        requestTimeout: '15s',
        maxStreamDuration: '3600s',
        streamIdleTimeout: '300s',
      },
    },
  },
  {
    useClientProtocol: false,
    http2: {
      initialStreamWindowSize: '64Ki',
      initialConnectionWindowSize: '1024Ki',
      maxConcurrentStreams: 100,
      onInvalidMessage: 'TerminateStream',
      connectionKeepalive: { interval: '30s', timeout: '10s', intervalJitter: 15, idleInterval: '30s' },
    },
  },
  { mergeType: 'StrategicMerge', routingType: 'Endpoint', httpUpgrade: [{ type: 'websocket' }] },
  {
    rateLimit: {
      type: 'Local',
      local: {
        rules: [
          {
            clientSelectors: [
              {
                headers: [{ type: 'Exact', name: 'x-plan', value: 'gold', invert: false }],
                methods: [{ value: 'POST', invert: false }],
                path: { type: 'PathPrefix', value: '/limited', invert: false },
                sourceCIDR: { type: 'Exact', value: '10.0.0.0/8', invert: false },
                queryParams: [{ type: 'Exact', name: 'fast', value: 'yes', invert: false }],
              },
            ],
            limit: { requests: 1_000_000, unit: 'Second' },
            shared: false,
            shadowMode: false,
            xRateLimitHeaders: 'DraftVersion03',
          },
        ],
      },
    },
  },
  {
    faultInjection: {
      delay: { fixedDelay: '1ms', percentage: 100 },
      abort: { httpStatus: 503, percentage: 0 },
    },
  },
  { faultInjection: { abort: { grpcStatus: 14, percentage: 0 } }, requestBuffer: { limit: '64Ki' } },
  { compression: [{ type: 'Gzip', minContentLength: '30' }] },
  { compressor: [{ type: 'Brotli', minContentLength: '30' }] },
  {
    responseOverride: [
      {
        match: {
          statusCodes: [
            { type: 'Value', value: 598 },
            { type: 'Range', range: { start: 590, end: 595 } },
          ],
          responseHeaders: [{ name: 'x-none', value: { type: 'Exact', value: 'none' } }],
        },
        response: {
          contentType: 'text/plain',
          body: { type: 'Inline', inline: 'replaced' },
          statusCode: 200,
          header: { set: [{ name: 'x-a', value: 'a' }], add: [{ name: 'x-b', value: 'b' }] },
        },
        source: 'All',
      },
      {
        match: { statusCodes: [{ value: 599 }] },
        response: { body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'page' } } },
      },
      {
        match: { statusCodes: [{ value: 597 }] },
        redirect: {
          scheme: 'https',
          hostname: 'other.test',
          path: { type: 'ReplaceFullPath', replaceFullPath: '/' },
          port: 443,
          statusCode: 302,
        },
      },
    ],
    telemetry: { metrics: { routeStatName: 'shop' } },
  },
];

export const filterSpecs: readonly object[] = [
  {
    urlRewrite: {
      hostname: { type: 'Header', header: 'x-host' },
      path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern: '/a', substitution: '/b' } },
      appendXForwardedHost: true,
    },
  },
  {
    urlRewrite: { hostname: { type: 'PathRegex', pathRegex: { pattern: '^/a', substitution: 'a.test' } } },
  },
  {
    directResponse: {
      contentType: 'text/plain',
      body: { type: 'Inline', inline: 'here' },
      statusCode: 200,
      header: { set: [{ name: 'x-a', value: 'a' }], add: [{ name: 'x-b', value: 'b' }], remove: [] },
    },
  },
  {
    directResponse: { body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'page' } } },
  },
  {
    credentialInjection: {
      header: 'x-key',
      overwrite: false,
      credential: { valueRef: { group: '', kind: 'Secret', name: 'key', namespace: 'default' } },
    },
    matches: [{ cookies: [{ type: 'Exact', name: 'beta', value: 'yes' }] }],
  },
];

/** Objects that the specs name. */
export const namedObjects: readonly object[] = [
  ...['page', 'page-2'].map((name) => m.configMap({ 'response.body': name }, { name })),
  ...['key', 'key-2'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, namespace: 'default' },
    data: { credential: Buffer.from(name).toString('base64') },
  })),
];
