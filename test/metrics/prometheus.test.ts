import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alertRules } from '../../charts/alert-rules.ts';
import { ruleGroups } from '../../docs/alerts.ts';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { start, type RunningSluice } from '../../src/run/start.ts';
import { converge } from '../rig/envoy/converge.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { missing, PrometheusProgram, why } from './prometheus-program.ts';
import { namesIn, queries } from './queried-metrics.ts';

const metrics = createMetrics();
let folder: string;
let sluice: RunningSluice;
let prometheus: PrometheusProgram;

/**
 * Metrics whose labels only an API server, or a certificate, gives values to. They have no series where Sluice follows a
 * folder without TLS.
 */
const ofClusters = new Set([
  'sluice_watch_staleness_seconds',
  'sluice_watch_restarts_total',
  'sluice_infrastructure_writes_total',
  'sluice_certificate_expiry_timestamp_seconds',
]);

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'));
  const route = m.httpRoute([{ backendRefs: [m.backend('no-such-service')] }]);
  const manifests = [m.gatewayClass(), m.gateway([m.httpListener()]), route];
  writeFileSync(join(folder, 'all.yaml'), manifests.map((manifest) => stringify(manifest)).join('---\n'));
  const loaded = configFrom(
    {
      provider: { type: 'file', file: { directory: folder } },
      translate: { mode: 'inline' },
      xds: { port: 0, tls: 'off' },
      admin: { port: 0 },
      log: { level: 'silent' },
    },
    folder,
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  metrics.measureProcess({ version: '0.0.0', command: 'serve' });
  const started = await start(loaded.config, { log: new SilentLog(), metrics, clock: systemClock });
  if (started.kind === 'error') throw new Error(started.line);
  ({ sluice } = started);
  await sluice.ready;
  prometheus = await PrometheusProgram.start(`127.0.0.1:${sluice.adminPort}`, stringify(ruleGroups()));
  await converge(async () => (await prometheus.query('sluice_ready == 1')) === 1);
});

afterAll(async () => {
  if (missing !== undefined) return;
  await prometheus.close();
  await sluice.close();
  metrics.close();
  rmSync(folder, { recursive: true });
});

test.skipIf(missing !== undefined)(
  `Prometheus loads the rules, and takes each query of alerts and dashboard${why}`,
  async () => {
    const { data } = (await prometheus.get('/api/v1/rules')) as {
      readonly data: { readonly groups: readonly { readonly rules: readonly { readonly name: string }[] }[] };
    };
    expect(data.groups.flatMap(({ rules }) => rules.map(({ name }) => name))).toEqual(
      alertRules.map(({ name }) => name),
    );
    const failed = await Promise.all(
      queries.map(async ({ title, expr }) => [title, await prometheus.query(expr)] as const),
    );
    expect(failed.filter(([, answer]) => typeof answer === 'string')).toEqual([]);
  },
);

test.skipIf(missing !== undefined)(
  `every metric that is asked for has series from the first scrape${why}`,
  async () => {
    const names = [...new Set(queries.flatMap(({ expr }) => namesIn(expr)))];
    const counts = await Promise.all(
      names.map(async (name) => [name, await prometheus.query(name)] as const),
    );
    expect(counts.filter(([name, count]) => count === 0 && !ofClusters.has(name))).toEqual([]);
    expect(await prometheus.query('sluice_false_conditions{type="ResolvedRefs"} == 1')).toBe(1);
  },
);
