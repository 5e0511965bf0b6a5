import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { objectUnit } from '../../units/unit.ts';
import { statusKeys } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { requireTarget, targetFallbacks, targetFields, targetIndexes } from '../policy-target.ts';
import { metadata, visibleText } from '../shape/shape.ts';
import { policyStatusDef } from '../status-def.ts';
import type { TargetKind } from '../target-kind.ts';
import { tolerant } from '../tolerant.ts';
import { clientIPDetection } from './client-addresses.ts';
import { clientConnection, clientHttp1, clientTimeout } from './client-connections.ts';
import { clientHeaders } from './client-headers.ts';
import { clientTls } from './client-tls.ts';
import { clusterSettings } from './cluster-settings.ts';
import { isGiven } from './is-given.ts';

const fields = {
  ...targetFields,
  tcpKeepalive: clusterSettings.tcpKeepalive,
  /** The older form of an empty `proxyProtocol`. */
  enableProxyProtocol: z.boolean().optional(),
  proxyProtocol: z.object({ optional: z.boolean().default(false) }).optional(),
  clientIPDetection: clientIPDetection.optional(),
  tls: clientTls.optional(),
  path: z
    .object({
      escapedSlashesAction: z
        .enum(['KeepUnchanged', 'RejectRequest', 'UnescapeAndRedirect', 'UnescapeAndForward'])
        .default('UnescapeAndRedirect'),
      disableMergeSlashes: z.boolean().default(false),
    })
    .optional(),
  headers: clientHeaders.optional(),
  timeout: clientTimeout.optional(),
  connection: clientConnection.optional(),
  http1: clientHttp1.optional(),
  http2: clusterSettings.http2,
  http3: isGiven,
  grpc: z.object({ enableWeb: z.boolean().default(false) }).optional(),
  healthCheck: z.object({ path: visibleText(1024).min(1) }).optional(),
  scheme: z.enum(['Preserve', 'MatchBackend']).default('Preserve'),
};

/** Listeners of a policy with an unreadable field answer 500, so no fallback has an effect. */
const fallbacks = {
  ...targetFallbacks,
  tcpKeepalive: undefined,
  enableProxyProtocol: undefined,
  proxyProtocol: undefined,
  clientIPDetection: undefined,
  tls: undefined,
  path: undefined,
  headers: undefined,
  timeout: undefined,
  connection: undefined,
  http1: undefined,
  http2: undefined,
  http3: false,
  grpc: undefined,
  healthCheck: undefined,
  scheme: 'Preserve',
} as const;

const clientTrafficPolicy = namingLeftOut(
  z.object({ metadata, spec: tolerant(fields, fallbacks, requireTarget) }),
);

export type ClientTrafficPolicyRow = z.infer<typeof clientTrafficPolicy>;
export type ClientSpec = ClientTrafficPolicyRow['spec'];

export const clientTargets = ['Gateway', 'ListenerSet'] as const satisfies readonly TargetKind[];

/** Treatment of connections of clients: https://gateway.envoyproxy.io/docs/api/extension_types/#clienttrafficpolicy */
export const clientTrafficPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'ClientTrafficPolicy',
    versions: ['v1alpha1'],
    plural: 'clienttrafficpolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('ClientTrafficPolicy', object) },
  },
  clientTrafficPolicy,
  (row, namespace, name) => ({
    indexes: targetIndexes(row.spec, clientTargets, namespace),
    units: [objectUnit(resourceKey('ClientTrafficPolicy', namespace, name))],
    follow: [],
  }),
);
