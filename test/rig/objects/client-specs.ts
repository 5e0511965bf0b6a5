const header = (name: string): object => ({ name, value: 'v' });
const match = { type: 'Prefix', value: 'x-in-' };
const changes = {
  set: [header('x-a')],
  add: [header('x-b')],
  addIfAbsent: [header('x-c')],
  remove: ['x-d'],
  removeOnMatch: [match],
};

/** Specs of ClientTrafficPolicies that have, together, every field: those that exclude each other are in different ones. */
export const clientSpecs: readonly object[] = [
  {
    tcpKeepalive: { probes: 3, idleTime: '60s', interval: '30s' },
    enableProxyProtocol: false,
    clientIPDetection: { xForwardedFor: { numTrustedHops: 2, disableXForwardedForAppend: true } },
    path: { escapedSlashesAction: 'RejectRequest', disableMergeSlashes: true },
    headers: {
      enableEnvoyHeaders: true,
      disableRateLimitHeaders: true,
      xForwardedClientCert: { mode: 'SanitizeSet', certDetailsToAdd: ['Subject'] },
      withUnderscoresAction: 'DropHeader',
      requestID: 'Preserve',
      earlyRequestHeaders: changes,
      lateResponseHeaders: changes,
      host: { stripTrailingHostDot: true },
    },
    timeout: {
      tcp: { idleTimeout: '60s', tlsHandshakeTimeout: '10s', connectionInspectionTimeout: '5s' },
      http: {
        requestReceivedTimeout: '60s',
        requestHeadersReceivedTimeout: '10s',
        idleTimeout: '60s',
        streamIdleTimeout: '60s',
      },
    },
    connection: {
      connectionLimit: {
        value: 100,
        closeDelay: '1s',
        maxConnectionDuration: '3600s',
        maxRequestsPerConnection: 1000,
        maxStreamDuration: '3600s',
      },
      bufferLimit: '64Ki',
      socketBufferLimit: '128Ki',
      maxAcceptPerSocketEvent: 2,
    },
    http1: {
      enableTrailers: true,
      preserveHeaderCase: true,
      http10: { useDefaultHost: true },
      disableSafeMaxConnectionDuration: true,
      ignoredUpgradeTypes: [match],
    },
    http2: {
      initialStreamWindowSize: '64Ki',
      initialConnectionWindowSize: '1024Ki',
      maxConcurrentStreams: 100,
      onInvalidMessage: 'TerminateStream',
      connectionKeepalive: { interval: '30s', timeout: '10s', intervalJitter: 15, idleInterval: '30s' },
    },
    grpc: { enableWeb: true },
    healthCheck: { path: '/up' },
    scheme: 'MatchBackend',
  },
  {
    proxyProtocol: { optional: true },
    clientIPDetection: { customHeader: { name: 'X-Real-IP', failClosed: true } },
    headers: { preserveXRequestID: true },
    http3: {},
  },
  {
    clientIPDetection: { xForwardedFor: { trustedCIDRs: ['10.0.0.0/8'] } },
    tls: {
      minVersion: '1.2',
      maxVersion: '1.3',
      ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'],
      ecdhCurves: ['P-256'],
      signatureAlgorithms: ['ecdsa_secp256r1_sha256'],
      alpnProtocols: ['h2'],
      fingerprints: ['JA3'],
      clientValidation: {
        optional: false,
        caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas', namespace: 'default' }],
        spkiHashes: ['NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A='],
        certificateHashes: ['df6ff72fe9116521268f6f2dd4966f51df479883fe7037b39f75916ac3049d1a'],
        subjectAltNames: {
          dnsNames: [match],
          emailAddresses: [match],
          ipAddresses: [match],
          uris: [match],
          otherNames: [{ ...match, oid: '1.3.6.1' }],
        },
        crl: {
          refs: [{ group: '', kind: 'ConfigMap', name: 'crl', namespace: 'default' }],
          onlyVerifyLeafCertificate: true,
        },
        allowExpiredCertificate: true,
      },
      session: { resumption: { stateless: {}, stateful: {} } },
    },
  },
  { clientIPDetection: { directSourceIP: {} }, tls: { clientValidation: { mode: 'Request' } } },
];
