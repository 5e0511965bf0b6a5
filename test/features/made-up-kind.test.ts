import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { start, type RunningSluice } from '../../src/run/start.ts';
import { DeltaClient } from '../rig/xds/delta-client.ts';
import { overGrpc } from '../rig/xds/grpc-link.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

// These two entries are all that a kind needs beside its own file.
vi.mock(import('../../src/kinds/kind-table.ts'), async (original) => {
  const { kindTable } = await original();
  const { standbyBackendKind: StandbyBackend } = await import('../rig/pipeline/standby-backend.ts');
  return { kindTable: { ...kindTable, StandbyBackend } };
});
vi.mock(import('../../src/translate/translations.ts'), async (original) => {
  const { translations } = await original();
  const { translateStandbyBackend: StandbyBackend } = await import('../rig/pipeline/standby-backend.ts');
  return { translations: { ...translations, StandbyBackend } };
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type ProviderConfig = Parameters<typeof configFrom>[0]['provider'];

interface Provider {
  readonly config: ProviderConfig;
  put(...objects: readonly object[]): Promise<void>;
  conditions(): Promise<unknown>;
}

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

let metrics: Metrics;
let sluice: RunningSluice | undefined;
let closing: (() => unknown)[];

beforeEach(() => {
  metrics = createMetrics();
  closing = [];
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  await sluice?.close();
  sluice = undefined;
  metrics.close();
});

test.each([
  ['a folder', ofFolder],
  ['an API server', ofApiServer],
])(
  'a kind of one file and two entries is followed from %s, translated, served and reported on',
  async (_, of) => {
    const provider = await of();
    await provider.put(...base, standby({ service: 'app', port: 80 }, 1));
    sluice = await started(provider.config);
    await sluice.ready;
    const proxy = new DeltaClient(overGrpc(sluice.xdsPort));
    closing.push(() => proxy.close());
    await expect.poll(() => proxy.names('EDS')).toEqual(['default/app/80']);
    expect(proxy.names('CDS')).toEqual(['default/app/80/http1']);
    await expect.poll(() => provider.conditions()).toMatchObject([accepted('True', 'Accepted', 1)]);

    await provider.put(standby({ service: 'app', port: 'eighty' }, 2));
    const invalid = {
      ...accepted('False', 'Invalid', 2),
      message: 'spec.port: must be a number, not a string',
    };
    await expect.poll(() => provider.conditions()).toMatchObject([invalid]);
    await expect.poll(() => proxy.names('CDS')).toEqual([]);

    await provider.put(standby({ service: 'new', port: 80 }, 3));
    await expect.poll(() => provider.conditions()).toMatchObject([accepted('False', 'BackendNotFound', 3)]);
    await provider.put(m.service('new'));
    await expect.poll(() => provider.conditions()).toMatchObject([accepted('True', 'Accepted', 3)]);
    await expect.poll(() => proxy.names('CDS')).toEqual(['default/new/80/http1']);
    expect(proxy.violations).toEqual([]);
  },
);

test('its watch has the metrics of any kind', async () => {
  const provider = await ofApiServer();
  sluice = await started(provider.config);
  await sluice.ready;
  expect(await metrics.registry.metrics()).toContain('sluice_watch_staleness_seconds{kind="StandbyBackend"}');
});

function standby(spec: object, generation: number): object {
  const metadata = { name: 'web', namespace: 'default', generation };
  return { apiVersion: 'tests.sluice.dev/v1', kind: 'StandbyBackend', metadata, spec };
}

function accepted(status: string, reason: string, observedGeneration: number): object {
  return { type: 'Accepted', status, reason, observedGeneration };
}

async function started(provider: ProviderConfig): Promise<RunningSluice> {
  const loaded = configFrom(
    { provider, translate: { mode: 'inline' }, xds: { port: 0 }, admin: { port: 0 } },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  const outcome = await start(loaded.config, { log: new SilentLog(), metrics, clock: systemClock });
  if (outcome.kind === 'error') throw new Error(outcome.line);
  return outcome.sluice;
}

async function ofFolder(): Promise<Provider> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-kind-'));
  closing.push(() => rm(directory, { recursive: true }));
  return {
    config: { type: 'file', file: { directory } },
    async put(...objects) {
      for (const object of objects) {
        const { kind, metadata } = object as Manifest;
        await writeFile(join(directory, `${kind}-${metadata.name}.json`), JSON.stringify(object));
      }
    },
    async conditions() {
      const response = await fetch(`http://127.0.0.1:${sluice?.adminPort}/debug/objects`);
      return conditionsOf(JSON.parse(await response.text()) as (Manifest & { readonly status?: unknown })[]);
    },
  };
}

async function ofApiServer(): Promise<Provider> {
  const follower = new KubeFollower();
  // Only its kubeconfig is used here; Sluice has a source of its own.
  await follower.open();
  closing.push(() => follower.close());
  return {
    config: {
      type: 'kubernetes',
      kubernetes: {
        kubeconfig: follower.kubeconfig,
        namespace: 'sluice-system',
        infrastructure: { enabled: false },
      },
    },
    put(...objects) {
      for (const object of objects) {
        const { kind, metadata, ...rest } = object as Manifest;
        follower.api.put(kind, metadata.namespace ?? '', metadata.name, { ...rest, metadata });
      }
      return Promise.resolve();
    },
    conditions: () => Promise.resolve(conditionsOf(follower.api.objects('StandbyBackend'))),
  };
}

function conditionsOf(objects: readonly { readonly kind: string; readonly status?: unknown }[]): unknown {
  const status = objects.find(({ kind }) => kind === 'StandbyBackend')?.status;
  return (status as { readonly conditions?: unknown } | undefined)?.conditions;
}
