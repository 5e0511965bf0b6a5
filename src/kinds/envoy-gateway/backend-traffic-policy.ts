import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { objectUnit } from '../../units/unit.ts';
import { statusKeys } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import {
  refuseMergeAboveRoutes,
  requireTarget,
  targetFallbacks,
  targetFields,
  targetIndexes,
} from '../policy-target.ts';
import { maxUint32, metadata } from '../shape/shape.ts';
import { byteQuantity } from '../shape/quantity.ts';
import { policyStatusDef } from '../status-def.ts';
import type { TargetKind } from '../target-kind.ts';
import { tolerant } from '../tolerant.ts';
import { compressors, faultInjection, responseOverrides } from './backend-traffic-answers.ts';
import { rateLimit } from './backend-traffic-limits.ts';
import { clusterSettings } from './cluster-settings.ts';
import { notYet } from './not-yet.ts';
import { tracing } from './tracing.ts';

const upgrade = z
  .object({
    /** Such as `websocket`. Any protocol that a request may ask for by its Upgrade header. */
    type: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~/]+$/, 'must be the name of a protocol'),
    connect: z.object({ terminate: z.boolean().default(false) }).optional(),
  })
  .refine(({ type, connect }) => connect === undefined || type.toUpperCase() === 'CONNECT', {
    path: ['connect'],
    message: 'is for type CONNECT alone',
  });

const fields = {
  ...targetFields,
  ...clusterSettings,
  mergeType: z.enum(['StrategicMerge', 'JSONMerge']).optional(),
  rateLimit: rateLimit.optional(),
  bandwidthLimit: notYet,
  admissionControl: notYet,
  faultInjection: faultInjection.optional(),
  useClientProtocol: z.boolean().optional(),
  compression: compressors,
  compressor: compressors,
  responseOverride: responseOverrides,
  httpUpgrade: z.array(upgrade).max(16).optional(),
  requestBuffer: z.object({ limit: byteQuantity(1, maxUint32) }).optional(),
  telemetry: z
    .object({
      tracing: tracing.optional(),
      metrics: z.object({ routeStatName: z.string().min(1).max(1024).optional() }).optional(),
    })
    .optional(),
  routingType: z.enum(['Service', 'Endpoint']).optional(),
};

/** Routes of a policy with an unreadable field answer 500, so no fallback has an effect. */
const fallbacks = {
  ...targetFallbacks,
  loadBalancer: undefined,
  retry: undefined,
  proxyProtocol: undefined,
  tcpKeepalive: undefined,
  healthCheck: undefined,
  circuitBreaker: undefined,
  timeout: undefined,
  connection: undefined,
  dns: undefined,
  http2: undefined,
  mergeType: undefined,
  rateLimit: undefined,
  bandwidthLimit: undefined,
  admissionControl: undefined,
  faultInjection: undefined,
  useClientProtocol: undefined,
  compression: undefined,
  compressor: undefined,
  responseOverride: undefined,
  httpUpgrade: undefined,
  requestBuffer: undefined,
  telemetry: undefined,
  routingType: undefined,
};

const spec = tolerant(fields, fallbacks, (value, context) => {
  requireTarget(value, context);
  refuseMergeAboveRoutes(value, context);
  if (value.compression !== undefined && value.compressor !== undefined)
    context.addIssue({ code: 'custom', path: ['compression'], message: 'give either this or compressor' });
  if (value.requestBuffer !== undefined && (value.httpUpgrade ?? []).length > 0)
    context.addIssue({
      code: 'custom',
      path: ['requestBuffer'],
      message: 'must not be used with httpUpgrade',
    });
});

const backendTrafficPolicy = namingLeftOut(z.object({ metadata, spec }));

export type BackendTrafficPolicyRow = z.infer<typeof backendTrafficPolicy>;
export type TrafficSpec = BackendTrafficPolicyRow['spec'];

export const trafficTargets = [
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
] as const satisfies readonly TargetKind[];

/** Treatment of requests and backends: https://gateway.envoyproxy.io/docs/api/extension_types/#backendtrafficpolicy */
export const backendTrafficPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'BackendTrafficPolicy',
    versions: ['v1alpha1'],
    plural: 'backendtrafficpolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('BackendTrafficPolicy', object) },
  },
  backendTrafficPolicy,
  (row, namespace, name) => ({
    indexes: targetIndexes(row.spec, trafficTargets, namespace),
    units: [objectUnit(resourceKey('BackendTrafficPolicy', namespace, name))],
    follow: [],
  }),
);
