import { z } from 'zod';
import { preciseHostname, durationMs, maxInt32, maxUint32, portNumber, visibleText } from '../shape/shape.ts';
import { byteQuantity } from '../shape/quantity.ts';
import { loadBalancer } from './load-balancer.ts';
import { retry } from './retry.ts';

/**
 * Fields by which Envoy Gateway says how a proxy treats a backend: of BackendTrafficPolicy, and of every
 * `backendSettings`. Defaults are those of its CRDs. Texts of enums are read as they are: translation names those that it
 * does not know, and takes the default.
 */

const uint32 = z.int().min(0).max(maxUint32);
const percent = z.int().min(0).max(100);
const positiveMs = durationMs.refine((value) => value > 0, 'must be more than 0');

const payload = z
  .object({
    type: z.enum(['Text', 'Binary']),
    text: z.string().min(1).max(4096).optional(),
    /** Base64, as Kubernetes writes bytes. */
    binary: z
      .string()
      .max(8192)
      .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64')
      .optional(),
  })
  .superRefine(({ type, text, binary }, context) => {
    const field = type === 'Text' ? 'text' : 'binary';
    if ((type === 'Text' ? text : binary) !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

const statuses = z.array(z.int().min(100).max(599)).max(64);

const activeCheck = z
  .object({
    timeout: positiveMs.prefault('1s'),
    interval: positiveMs.prefault('3s'),
    initialJitter: durationMs.optional(),
    unhealthyThreshold: z.int().min(1).max(maxUint32).default(3),
    healthyThreshold: z.int().min(1).max(maxUint32).default(1),
    type: z.enum(['HTTP', 'TCP', 'GRPC']),
    http: z
      .object({
        hostname: preciseHostname.optional(),
        path: visibleText(1024).min(1),
        method: z
          .string()
          .max(16)
          .transform((method) => method.toUpperCase())
          .pipe(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']))
          .optional(),
        expectedStatuses: statuses.optional(),
        retriableStatuses: statuses.optional(),
        expectedResponse: payload.optional(),
        requestBody: payload.optional(),
      })
      .superRefine(({ method, requestBody }, context) => {
        if (requestBody === undefined || method === 'POST' || method === 'PUT') return;
        context.addIssue({ code: 'custom', path: ['requestBody'], message: 'needs method POST or PUT' });
      })
      .optional(),
    tcp: z.object({ send: payload.optional(), receive: payload.optional() }).optional(),
    grpc: z.object({ service: visibleText(1024).optional() }).optional(),
    overrides: z.object({ port: portNumber.optional() }).optional(),
  })
  .superRefine(({ type, http, tcp }, context) => {
    if (type === 'HTTP' && http === undefined)
      context.addIssue({ code: 'custom', path: ['http'], message: 'is required for type HTTP' });
    if (type === 'TCP' && tcp === undefined)
      context.addIssue({ code: 'custom', path: ['tcp'], message: 'is required for type TCP' });
  });

const passiveCheck = z.object({
  splitExternalLocalOriginErrors: z.boolean().default(false),
  interval: positiveMs.prefault('3s'),
  consecutiveLocalOriginFailures: uint32.default(5),
  consecutiveGatewayErrors: uint32.optional(),
  consecutive5XxErrors: uint32.default(5),
  baseEjectionTime: positiveMs.prefault('30s'),
  maxEjectionPercent: percent.default(10),
  failurePercentageThreshold: percent.optional(),
  alwaysEjectOneEndpoint: z.boolean().default(false),
});

const circuitBreaker = z.object({
  maxConnections: uint32.default(1024),
  maxPendingRequests: uint32.default(1024),
  maxParallelRequests: uint32.default(1024),
  maxParallelRetries: uint32.default(1024),
  maxRequestsPerConnection: uint32.optional(),
  perEndpoint: z.object({ maxConnections: uint32.default(1024) }).optional(),
  retryBudget: z
    .object({
      percent: z
        .object({
          numerator: z.int().min(0).max(maxInt32),
          denominator: z.int().min(1).max(maxInt32).default(100),
        })
        .refine(({ numerator, denominator }) => numerator <= denominator, {
          path: ['numerator'],
          message: 'must not be more than the denominator',
        }),
      minRetryConcurrency: uint32.default(3),
    })
    .optional(),
});

const wholeSeconds = durationMs
  .transform((value) => Math.ceil(value / 1000))
  .refine((value) => value > 0 && value <= maxInt32, 'must be at least a second');

const timeout = z.object({
  tcp: z.object({ connectTimeout: positiveMs.optional() }).optional(),
  http: z
    .object({
      connectionIdleTimeout: durationMs.optional(),
      maxConnectionDuration: durationMs.optional(),
      requestTimeout: durationMs.optional(),
      maxStreamDuration: durationMs.optional(),
      streamIdleTimeout: durationMs.optional(),
    })
    .optional(),
});

const http2 = z.object({
  initialStreamWindowSize: byteQuantity(65_535, maxInt32).optional(),
  initialConnectionWindowSize: byteQuantity(65_535, maxInt32).optional(),
  maxConcurrentStreams: z.int().min(1).max(maxInt32).optional(),
  onInvalidMessage: z.enum(['TerminateConnection', 'TerminateStream']).optional(),
  connectionKeepalive: z
    .object({
      interval: durationMs.refine((value) => value > 0, 'must be more than 0').optional(),
      timeout: positiveMs.optional(),
      intervalJitter: percent.optional(),
      idleInterval: positiveMs.optional(),
    })
    .refine((of) => of.timeout === undefined || of.interval === undefined || of.timeout < of.interval, {
      path: ['timeout'],
      message: 'must be less than interval',
    })
    .optional(),
});

export const clusterSettings = {
  loadBalancer: loadBalancer.optional(),
  retry: retry.optional(),
  proxyProtocol: z.object({ version: z.enum(['V1', 'V2']) }).optional(),
  tcpKeepalive: z
    .object({
      probes: z.int().min(1).max(maxUint32).optional(),
      idleTime: wholeSeconds.optional(),
      interval: wholeSeconds.optional(),
    })
    .optional(),
  healthCheck: z
    .object({
      active: activeCheck.optional(),
      passive: passiveCheck.optional(),
      panicThreshold: percent.optional(),
    })
    .optional(),
  circuitBreaker: circuitBreaker.optional(),
  timeout: timeout.optional(),
  connection: z
    .object({
      bufferLimit: byteQuantity(1, maxUint32).optional(),
      socketBufferLimit: byteQuantity(1, maxInt32).optional(),
      preconnect: z
        .object({
          perEndpointPercent: z.int().min(100).max(300).optional(),
          predictivePercent: z.int().min(100).max(maxUint32).optional(),
        })
        .optional(),
    })
    .optional(),
  /** Has an effect on names that proxies resolve. */
  dns: z
    .object({
      dnsRefreshRate: positiveMs.optional(),
      respectDnsTtl: z.boolean().optional(),
      lookupFamily: z.string().max(64).optional(),
    })
    .optional(),
  http2: http2.optional(),
};

const settingsObject = z.object(clusterSettings);

export type ClusterSettings = z.infer<typeof settingsObject>;
export type ActiveCheck = z.infer<typeof activeCheck>;
