import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartValues, defaults } from './rig/kube/chart-values.ts';
import { chartTest, oldestKubernetes, render, runHelm, template, why } from './rig/kube/rendered-chart.ts';
import type { Rendered, Values } from './rig/kube/rendered-chart.ts';

const everything: Values = {
  admissionPolicies: { enabled: true },
  autoscaling: { enabled: true },
  config: { provider: { kubernetes: { namespaces: ['team-a'] } } },
  dashboard: { enabled: true },
  podMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  serviceMonitor: { enabled: true },
};

test('values.yaml has each value of the schema, and no other', () => {
  expect(chartValues.length).toBeGreaterThan(60);
  expect(chartValues.filter(({ byDefault }) => byDefault === undefined)).toEqual([]);
  const known = chartValues.map(({ path }) => path);
  expect(leavesOf(defaults, '').filter((path) => !path.startsWith('config.') && !isIn(path, known))).toEqual(
    [],
  );
});

test('values.yaml says of each group of values what it is for', () => {
  const lines = readFileSync(join(import.meta.dirname, '../charts/sluice/values.yaml'), 'utf8').split('\n');
  const bare = lines.filter((line, i) => /^\w/.test(line) && !hasWords(lines, i));
  expect(bare).toEqual([]);
});

chartTest(`each value changes something${why}`, { timeout: 60_000 }, () => {
  const unchanged = chartValues.filter(({ changed, turnedOn }) => textOf(changed) === textOf(turnedOn));
  expect(unchanged.map(({ path }) => path)).toEqual([]);
});

const texts = new Map<string, string>();

function textOf(values: Values): string {
  const key = JSON.stringify(values);
  const known = texts.get(key);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = template(values);
  if (status !== 0) throw new Error(`${key}: ${stderr}`);
  texts.set(key, stdout);
  return stdout;
}

chartTest.each<[Values, string, string]>([
  [{}, 'sluice', 'sluice'],
  [{ nameOverride: 'edge' }, 'edge', 'edge'],
  [{ fullnameOverride: 'gateways' }, 'gateways', 'sluice'],
  [{ nameOverride: 'edge', fullnameOverride: 'gateways' }, 'gateways', 'edge'],
])(
  `with %j objects are named after %s, and every reference is to one of them${why}`,
  (names, full, label) => {
    const objects = render({ ...everything, ...names });
    const own = [...objects.values()].filter(({ kind }) => kind !== 'GatewayClass');
    expect(own.filter(({ metadata }) => !metadata.name.startsWith(full))).toEqual([]);
    const known = new Set(own.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const references = own.flatMap((object) => referencesIn(object));
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
    const pods = { 'app.kubernetes.io/name': label, 'app.kubernetes.io/instance': 'sluice' };
    expect(objects.get(`Service/${full}`)).toMatchObject({ spec: { selector: pods } });
    expect(objects.get(`Deployment/${full}`)).toMatchObject({
      spec: { selector: { matchLabels: pods }, template: { metadata: { labels: pods } } },
    });
    const { data } = objects.get(`ConfigMap/${full}`) as unknown as { data: Record<string, string> };
    const address = full === 'sluice' ? undefined : `xdsAddress: ${full}.sluice-system.svc`;
    expect(/xdsAddress: .*/.exec(data['sluice.yaml'] ?? '')?.[0]).toBe(address);
  },
);

chartTest(`labels and annotations for all are on all objects, and change no selector${why}`, () => {
  const mine = { 'example.com/team': 'edge', 'app.kubernetes.io/name': 'mine' };
  const plain = render(everything);
  const objects = render({ ...everything, commonLabels: mine, podLabels: mine, commonAnnotations: mine });
  for (const [name, object] of objects) {
    const { labels, annotations } = object.metadata as unknown as Record<string, Record<string, string>>;
    expect([name, labels?.['example.com/team'], annotations]).toEqual([name, 'edge', mine]);
    expect(labels?.['app.kubernetes.io/name']).toMatch(/^sluice/);
    const { spec: before } = { ...plain.get(name) } as { spec?: { selector?: unknown } };
    expect((object['spec'] as { selector?: unknown } | undefined)?.selector).toEqual(before?.selector);
  }
  expect(objects.get('Deployment/sluice')).toMatchObject({
    spec: {
      template: {
        metadata: { labels: { 'example.com/team': 'edge', 'app.kubernetes.io/name': 'sluice' } },
      },
    },
  });
});

chartTest(`an autoscaler sets the number of replicas alone${why}`, () => {
  const objects = render({ autoscaling: { enabled: true } });
  expect((objects.get('Deployment/sluice') as unknown as { spec: object }).spec).not.toHaveProperty(
    'replicas',
  );
  expect(objects.get('HorizontalPodAutoscaler/sluice')).toMatchObject({
    spec: { minReplicas: 2, maxReplicas: 6, metrics: [{ resource: { target: { averageUtilization: 80 } } }] },
  });
  expect(objects.get('Deployment/sluice-infrastructure')).toMatchObject({ spec: { replicas: 1 } });
});

chartTest(`helm lint finds no fault with every value set${why}`, () => {
  const input = JSON.stringify(everything);
  const { stdout, status } = runHelm(
    ['lint', 'charts/sluice', '--strict', '--kube-version', oldestKubernetes, '--values', '-'],
    input,
  );
  expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
});

chartTest(`a Kubernetes that is too old is refused before anything changes${why}`, () => {
  expect(template({}, 'sluice', '1.29').stderr).toContain('chart requires kubeVersion: >=1.30.0-0');
});

/** Lists `Kind/name` of the objects that an object of the chart names. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => referencesIn(item));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    if (field === 'serviceAccountName') return [`ServiceAccount/${inner}`];
    if (field === 'policyName') return [`ValidatingAdmissionPolicy/${inner}`];
    const { kind, name } = { ...(inner as Partial<Rendered['metadata']> & { kind?: string }) };
    if (field === 'configMap') return [`ConfigMap/${name}`];
    if (['roleRef', 'scaleTargetRef'].includes(field)) return [`${kind}/${name}`];
    if (field === 'subjects')
      return (inner as Rendered['metadata'][]).map((one) => `ServiceAccount/${one.name}`);
    return referencesIn(inner);
  });
}

/** A comment above a key, or above that with which its paragraph begins. */
function hasWords(lines: readonly string[], at: number): boolean {
  const paragraph = lines.slice(0, at).findLastIndex((line) => line === '') + 1;
  return lines.slice(paragraph, at).some((line) => line.startsWith('#'));
}

function isIn(path: string, known: readonly string[]): boolean {
  return known.some((one) => path === one || path.startsWith(`${one}.`));
}

function leavesOf(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
  const entries = Object.entries(value);
  if (entries.length === 0) return [at];
  return entries.flatMap(([name, inner]) => leavesOf(inner, at === '' ? name : `${at}.${name}`));
}
