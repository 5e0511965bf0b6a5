import { afterEach, expect, test, vi } from 'vitest';
import { loadText } from '../../src/command/load-table.ts';
import { loadBetween, type Scrape } from '../../src/command/load.ts';
import { readSamples } from '../../src/command/metric-samples.ts';
import { top } from '../../src/command/top.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Faults } from '../../src/observe/faults.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { startAdmin } from '../../src/run/admin.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0).toReversed()) await close();
});

async function scrape(metrics: Metrics, atMs: number): Promise<Scrape> {
  return { atMs, samples: readSamples(await metrics.registry.metrics()) };
}

function busy(metrics: Metrics): void {
  metrics.events.inc({ kind: 'EndpointSlice' }, 20);
  metrics.coalescedEvents.inc({ lane: 'endpoints' }, 4);
  metrics.waveUnits.observe({ lane: 'config' }, 2);
  metrics.translate.observe({ unit: 'VirtualHost' }, 0.5);
  metrics.translate.observe({ unit: 'Endpoints' }, 0.1);
  metrics.translate.observe({ unit: 'Endpoints' }, 0.1);
  for (let i = 0; i < 98; i++) metrics.endpointLag.observe(0.002);
  for (let i = 0; i < 2; i++) metrics.endpointLag.observe(0.2);
  metrics.propagation.observe({ lane: 'config', stage: 'ack' }, 5);
  metrics.propagation.observe({ lane: 'config', stage: 'total' }, 0.0004);
  metrics.xdsRefused.inc({ reason: 'token' }, 2);
}

const nothing = (): never[] => [];

async function run(port: number, output: 'table' | 'json') {
  let out = '';
  let err = '';
  const terminal = { out: (text: string) => void (out += text), err: (line: string) => void (err += line) };
  const place = { kubeconfig: undefined, context: undefined, namespace: undefined };
  const code = await top(
    { ...place, admin: new URL(`http://127.0.0.1:${port}`), once: false, output },
    { terminal, signal: new AbortController().signal },
  );
  return { code, out, err };
}

test('a load is what the metrics say of the time between two scrapes', async () => {
  const metrics = createMetrics();
  busy(metrics);
  metrics.namespaceTranslate.read = () => [
    ['shop', 0.25],
    ['say "hi"', 0.5],
  ];
  metrics.connectedProxies.read = () => [['default/web', 3]];
  const before = await scrape(metrics, 0);
  busy(metrics);
  const load = loadBetween(before, await scrape(metrics, 2000));
  expect(load).toMatchObject({
    events: 10,
    coalesced: 2,
    waves: 0.5,
    units: 1.5,
    endpointLag: { p50: 2.5, p99: 250 },
    routeLag: { p50: 0.5, p99: 0.5 },
    proxies: 3,
    behind: 0,
    refused: 1,
    namespaces: [
      { namespace: 'say "hi"', seconds: 0.5 },
      { namespace: 'shop', seconds: 0.25 },
    ],
  });
  expect(load?.busyWorkers).toBeCloseTo(0.35);
  expect(load?.slowestUnits.map(({ unit, count }) => [unit, count])).toEqual([
    ['VirtualHost', 1],
    ['Endpoints', 2],
  ]);
});

test('no time, and a process that has restarted, are no load', async () => {
  const metrics = createMetrics();
  const before = await scrape(metrics, 0);
  expect(loadBetween(before, before)).toBeUndefined();
  const { samples } = before;
  const restarted = samples.map((sample) =>
    sample.name === 'process_start_time_seconds' ? { ...sample, value: sample.value + 1 } : sample,
  );
  expect(loadBetween(before, { atMs: 1000, samples: restarted })).toBeUndefined();
});

test('the table has a line for each replica, and no control character of a tenant', async () => {
  const metrics = createMetrics();
  metrics.namespaceTranslate.read = () => [['a\u001B[2J', 1]];
  const load = loadBetween(await scrape(metrics, 0), await scrape(metrics, 1000));
  const text = loadText([
    { replica: 'one', load },
    { replica: 'two', load: undefined },
  ]);
  expect(text).toMatch(/^one +0 +0 +0 +0 /m);
  expect(text).toMatch(/^two +no answer$/m);
  expect(text).toContain('namespace a\\u001b[2J');
  expect(text).not.toContain('\u001B');
});

test('one sample where the output is no terminal, and exit code 2 where no replica answers', async () => {
  const metrics = createMetrics();
  const view = { notReady: () => undefined, objects: nothing, problems: nothing, proxies: nothing };
  const faults = new Faults(new SilentLog(), metrics, systemClock);
  const server = await startAdmin({ address: '127.0.0.1', port: 0 }, view, metrics, faults);
  closing.push(async () => {
    await server.close();
    metrics.close();
  });
  const { code, out } = await run(server.port, 'json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([
    { replica: `http://127.0.0.1:${server.port}`, load: { events: 0 } },
  ]);
  expect((await run(server.port, 'table')).out).toMatch(/^REPLICA .*\nhttp/);
  expect(await run(1024, 'table')).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('does not answer'),
  });
});
