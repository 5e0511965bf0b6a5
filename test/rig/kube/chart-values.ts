import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { must } from '../../../src/lib/assert.ts';
import type { Values } from './rendered-chart.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface ChartValue {
  /** `image.tag`. */
  readonly path: string;
  readonly byDefault: unknown;
  /** Values that turn on what it belongs to, and nothing else. */
  readonly turnedOn: Values;
  /** The same, with another value than the default. */
  readonly changed: Values;
}

const chart = join(import.meta.dirname, '../../../charts/sluice');
const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema;
export const defaults = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;

/** Samples for values whose type alone does not say what an API server would take. */
const samples: Readonly<Record<string, unknown>> = {
  nameOverride: 'edge',
  fullnameOverride: 'edge-gateways',
  'image.repository': 'mirror/sluice',
  'image.tag': 'other',
  'image.digest': `sha256:${'b'.repeat(64)}`,
  imagePullSecrets: [{ name: 'registry' }],
  'autoscaling.metrics': [
    {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } },
    },
  ],
  'autoscaling.behavior': { scaleDown: { stabilizationWindowSeconds: 600 } },
  'gatewayClass.name': 'edge',
  'gatewayClass.parametersRef': {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyProxy',
    name: 'edge',
    namespace: 'team-a',
  },
  'infrastructure.serviceAccount.name': 'edge-proxies',
  'infrastructure.resources': { limits: { memory: '1Gi' } },
  'serviceAccount.name': 'edge',
  'networkPolicy.xdsFrom': [{ podSelector: { matchLabels: { team: 'edge' } } }],
  'networkPolicy.adminFrom': [{ namespaceSelector: { matchLabels: { team: 'ops' } } }],
  'networkPolicy.apiServerPorts': [7443],
  'networkPolicy.registryPorts': [5001],
  'admissionPolicies.validationActions': ['Warn', 'Audit'],
  'admissionPolicies.namespaceSelector': { matchLabels: { team: 'edge' } },
  'serviceMonitor.interval': '15s',
  'podMonitor.interval': '15s',
  'prometheusRule.runbookUrl': 'https://runbooks.test/sluice',
  resources: { limits: { memory: '1Gi' } },
  nodeOptions: '--max-semi-space-size=4',
  env: [{ name: 'TZ', value: 'UTC' }],
  envFrom: [{ configMapRef: { name: 'edge-environment', optional: true } }],
  extraVolumes: [{ name: 'certificates', secret: { secretName: 'edge', optional: true } }],
  extraVolumeMounts: [{ name: 'certificates', mountPath: '/etc/certificates', readOnly: true }],
  priorityClassName: 'system-cluster-critical',
  tolerations: [{ key: 'edge', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [
    { topologyKey: 'example.com/rack', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
  ],
  podSecurityContext: { runAsNonRoot: true, fsGroup: 65_532 },
  securityContext: { runAsGroup: 65_532 },
};

/** Values of the schema, but for the config file, which has tests of its own, and the values of a parent chart. */
export const chartValues: readonly ChartValue[] = valuesOf(schema, []).filter(
  ({ path }) => path !== 'global' && !path.startsWith('config'),
);

/** All of them changed together, but for switches that turn objects off, and those that other values replace. */
export const everyValue: Values = chartValues
  .filter(({ path }) => !/(create|podDisruptionBudget.enabled|networkPolicy.enabled)$/.test(path))
  .reduce<Values>((all, { changed }) => merged(all, changed), {});

function merged(a: Values, b: Values): Values {
  const both = Object.keys(b).map((name) => {
    const [before, after] = [a[name], b[name]];
    return [name, isMap(before) && isMap(after) ? merged(before, after) : after] as const;
  });
  return { ...a, ...Object.fromEntries(both) };
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valuesOf(of: Schema, at: readonly string[]): ChartValue[] {
  const path = at.join('.');
  const { properties } = of;
  if (properties === undefined || path === 'config' || path in samples) return [valueOf(of, at)];
  return Object.entries(properties).flatMap(([name, field]) => valuesOf(field, [...at, name]));
}

function valueOf(of: Schema, at: readonly string[]): ChartValue {
  const path = at.join('.');
  const byDefault = at.reduce(fieldOf, defaults as unknown);
  const value = samples[path] ?? other(of, byDefault);
  const [top = '', ...within] = at;
  const isSwitch = at.at(-1) === 'enabled';
  const turnsOn = within.length > 0 && !isSwitch && fieldOf(defaults[top], 'enabled') === false;
  const nested = within.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return {
    path,
    byDefault,
    turnedOn: turnsOn ? { [top]: { enabled: true } } : {},
    changed: { [top]: turnsOn ? { ...(nested as object), enabled: true } : nested },
  };
}

function other({ type, enum: choices }: Schema, byDefault: unknown): unknown {
  if (choices !== undefined)
    return must(
      choices.find((choice) => choice !== byDefault),
      'choice',
    );
  if (type === 'boolean') return byDefault !== true;
  if (type === 'integer') return Number(byDefault) + 1;
  if (type === 'object') return { 'example.com/team': 'edge' };
  throw new Error(`a value of the type ${type} has no sample`);
}

function fieldOf(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name];
}
