import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateFiles } from '../../src/certs/certificate-files.ts';
import { renew } from '../../src/certs/certificates.ts';
import type { Config } from '../../src/config/config.ts';
import { configFrom } from '../../src/config/load.ts';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import type { Running } from '../../src/run/running.ts';
import { startInfrastructure } from '../../src/run/start-infrastructure.ts';
import { start } from '../../src/run/start.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

let follower: KubeFollower;
let metrics: Metrics[];
let running: Running[];

beforeEach(async () => {
  follower = new KubeFollower();
  metrics = [];
  running = [];
  // Only its kubeconfig is used here.
  await follower.open();
  for (const object of [m.gatewayClass(), m.gateway([m.httpListener()])]) put(object);
});

afterEach(async () => {
  for (const sluice of running) await sluice.close();
  for (const one of metrics) one.close();
  await follower.close();
});

test('sluice serve asks for nothing that runs proxies, and writes statuses', async () => {
  await started(start);
  await until(() => programmed() !== undefined);
  expect(kindsAskedFor().filter((kind) => runsProxies.has(kind))).toEqual([]);
});

test('sluice infrastructure runs the proxies, and asks for nothing else but the kinds that say how', async () => {
  const { certificates } = await renew(undefined, Date.now(), ['sluice']);
  const files = [...certificateFiles(certificates)].flatMap(([name, text]) =>
    text === undefined ? [] : [[name, Buffer.from(text).toString('base64')]],
  );
  follower.api.store.put(secret, { type: 'Opaque', data: Object.fromEntries(files) });
  await started(startInfrastructure);
  await until(() => follower.api.objects('Deployment').length === 1);
  const kinds = kindsAskedFor().filter((kind) => !owned.has(kind));
  expect(kinds).toEqual(['ConfigMap', 'EnvoyProxy', 'Gateway', 'GatewayClass']);
});

test('a Gateway that changes or goes has its proxies changed or deleted', async () => {
  await started(start);
  await started(startInfrastructure);
  await until(() => ports() === '80');
  put(m.gateway([m.httpListener(), { ...m.httpListener(), name: 'more', port: 8080 }]));
  await until(() => ports() === '80 8080');
  follower.api.delete('Gateway', 'default', 'web');
  await until(() => follower.api.objects('Deployment').length === 0);
});

test('what keeps proxies from being run stands in the status of the Gateway, until it is so no longer', async () => {
  follower.api.put('Deployment', 'default', 'web-sluice', { metadata: { labels: { app: 'other' } } });
  await started(start);
  await started(startInfrastructure);
  await until(() => ports() === '80');
  const [service] = follower.api.objects('Service');
  put({ ...service, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
  const problem = 'Deployment default/web-sluice exists and is not of Sluice';
  await until(() => programmed()?.message === `the proxies cannot be run: ${problem}`);
  follower.api.delete('Deployment', 'default', 'web-sluice');
  await until(() => programmed()?.message.includes(problem) === false);
});

test('sluice infrastructure makes no certificates: it waits for those of sluice serve', async () => {
  const sluice = await started(startInfrastructure);
  const reason = 'waiting for the CA of the proxies: the Secret has not been made yet\n';
  await until(async () => (await readiness(sluice)) === reason);
  expect(follower.api.store.get(secret)).toBeUndefined();
  await started(start);
  await until(async () => (await readiness(sluice)) === 'ready\n');
});

const owned = new Set(ownedResources.map(({ kind }) => kind));
/** Services and Secrets are read for other reasons too. */
const runsProxies = owned.difference(new Set(['Service', 'Secret']));
const secret = resourceKey('Secret', 'sluice-system', 'sluice-tls');

async function started(begin: typeof start | typeof startInfrastructure): Promise<Running> {
  const own = createMetrics();
  metrics.push(own);
  const outcome = await begin(config(), { log: new SilentLog(), metrics: own, clock: systemClock });
  if (outcome.kind === 'error') throw new Error(outcome.line);
  running.push(outcome.sluice);
  return outcome.sluice;
}

function config(): Config {
  const loaded = configFrom(
    {
      provider: {
        type: 'kubernetes',
        kubernetes: {
          kubeconfig: follower.kubeconfig,
          namespace: 'sluice-system',
          infrastructure: { process: 'separate' },
        },
      },
      translate: { mode: 'inline' },
      xds: { port: 0, tls: { secret: 'sluice-tls' } },
      admin: { port: 0 },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

function put(object: object): void {
  const { kind, metadata, ...rest } = object as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  follower.api.put(kind, metadata.namespace ?? '', metadata.name, { ...rest, metadata });
}

function kindsAskedFor(): string[] {
  return [...new Set(follower.api.requests.map(({ kind }) => kind))].filter((kind) => kind !== '').sort();
}

function programmed(): { readonly status: string; readonly message: string } | undefined {
  const [web] = follower.api.objects('Gateway');
  const conditions = (web?.['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
  return conditions.find(({ type }) => type === 'Programmed');
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

function ports(): string {
  const [service] = follower.api.objects('Service');
  const spec = service?.['spec'] as { readonly ports?: readonly { readonly port: number }[] } | undefined;
  return (spec?.ports ?? []).map(({ port }) => port).join(' ');
}

async function readiness({ adminPort }: Running): Promise<string> {
  return (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).text();
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
