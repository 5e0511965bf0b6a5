import { z } from 'zod';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import { backendReferenceKeys } from '../backend-kind.ts';
import { record } from '../identity.ts';
import { jsonKind } from '../kind-def.ts';
import type { JsonObject } from '../merge-objects.ts';
import { tolerant } from '../tolerant.ts';
import { unknownFields } from '../unknown-fields.ts';
import { durationMs, labels, maxInt32 } from '../shape/shape.ts';
import { backendTls } from './backend-tls-settings.ts';
import { extraArgs } from './extra-args.ts';
import { filterOrder } from './filter-order.ts';
import { provider } from './proxy-provider.ts';
import { telemetry } from './proxy-telemetry.ts';

const fields = {
  provider: provider.prefault({}),
  logging: z.object({ level: labels }).prefault({}),
  telemetry: telemetry.prefault({}),
  routingType: z.enum(['Service', 'Endpoint']).default('Endpoint'),
  concurrency: z.int().min(0).max(maxInt32).optional(),
  extraArgs: extraArgs.default([]),
  ipFamily: z.enum(['IPv4', 'IPv6', 'DualStack']).optional(),
  shutdown: z
    .object({
      drainTimeout: durationMs.optional(),
      minDrainDuration: durationMs.optional(),
      healthCheckFailureDelay: durationMs.optional(),
    })
    .prefault({}),
  backendTLS: backendTls.optional(),
  filterOrder: filterOrder.default([]),
  /** Sluice does this for every backend: they share a cluster as far as their settings are the same. */
  mergeBackends: z.record(z.string(), z.unknown()).optional(),
  preserveRouteOrder: z.boolean().default(false),
  /** Chooses how a Gateway's EnvoyProxy is put over that of its class. */
  mergeType: z.enum(['Replace', 'StrategicMerge', 'JSONMerge']).default('Replace'),
};

const settings = tolerant(
  { ...fields, leftOut: z.array(z.string()).default([]) },
  {
    provider: provider.parse({}),
    logging: { level: [] },
    telemetry: {},
    routingType: 'Endpoint',
    concurrency: undefined,
    extraArgs: [],
    ipFamily: undefined,
    shutdown: {},
    backendTLS: undefined,
    filterOrder: [],
    mergeBackends: undefined,
    preserveRouteOrder: false,
    mergeType: 'Replace',
    leftOut: [],
  },
);

/** Fields that change nothing when they are false. */
const switches: ReadonlySet<string> = new Set(['mergeGateways']);

/** `leftOut` lists the fields that the schema does not know, so that the Gateway can name them. */
const spec = z.preprocess((given) => {
  const value = record(given);
  if (value === undefined) return given;
  const leftOut = unknownFields(z.object(fields), value).filter(
    (path) => !(switches.has(path) && value[path] === false),
  );
  return { ...value, leftOut };
}, settings);

/** `given` is the text of the whole spec: a merge with another must tell its values from defaults. */
const envoyProxy = z.preprocess(
  (given) => {
    const object = record(given);
    return object === undefined ? given : { ...object, given: JSON.stringify(record(object['spec']) ?? {}) };
  },
  z.object({ spec: spec.prefault({}), given: z.string().default('{}') }),
);

/** Reads a spec that was merged from two. */
export function proxySpec(given: JsonObject): EnvoyProxyRow['spec'] {
  return spec.parse(given);
}

export type EnvoyProxyRow = z.infer<typeof envoyProxy>;

export const envoyProxyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyProxy',
    versions: ['v1alpha1'],
    plural: 'envoyproxies',
    scope: 'namespaced',
    role: 'support',
  },
  envoyProxy,
  (row, namespace) => ({ indexes: [], units: [], follow: followedBy(row, namespace) }),
);

/** Returns keys that whoever reads the row goes on to. */
function followedBy({ spec: { backendTLS, telemetry: of } }: EnvoyProxyRow, namespace: string): ReadKey[] {
  const certificate = backendTLS?.clientCertificateRef;
  const sinks = (of.accessLog?.settings ?? []).flatMap((setting) => setting.sinks);
  const servers = [...sinks.flatMap(({ als, openTelemetry }) => [als, openTelemetry]), of.tracing?.provider];
  const refs = servers.flatMap((server) => [server?.backendRef, ...(server?.backendRefs ?? [])]);
  const from = { id: 'gateway.envoyproxy.io/EnvoyProxy', namespace } as const;
  return [
    ...(certificate === undefined ? [] : [resourceKey('Secret', namespace, certificate.name)]),
    ...refs.flatMap((ref) => (ref === undefined ? [] : backendReferenceKeys(from, ref))),
  ];
}
