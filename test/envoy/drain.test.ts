import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleOf, renew, type Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import type { Config } from '../../src/config/config.ts';
import { configFrom } from '../../src/config/load.ts';
import { ControlPlane } from '../../src/run/control-plane.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { parseObject } from '../../src/kinds/door.ts';
import type { RowChange } from '../../src/kinds/row.ts';
import {
  backend,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  service,
} from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';
import { Http2Loop } from './http2-loop.ts';
import { send } from '../rig/envoy/http-client.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';
import { xdsToken } from '../rig/envoy/tls-rig.ts';
import { ProxyPod, type ProxyPodOptions } from './proxy-pod.ts';
import { TcpBalancer } from './tcp-balancer.ts';

/** Two pods on one machine cannot share a port, so each is of another Gateway with the same routes. */
const gateways = ['first', 'second'];
const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
);
const app = new EchoBackend('app');
const pods: ProxyPod[] = [];
let ports: readonly number[] = [];
let certificates: Certificates;
let controlPlane: ControlPlane | undefined;
let metrics: Metrics;
let xdsPort = 0;
let token = xdsToken;

beforeEach(async () => {
  await app.listen();
  ports = await freePorts(gateways.length);
  certificates = await newCertificates('sluice');
  await startControlPlane();
});

afterEach(async () => {
  await Promise.all(pods.splice(0).map((pod) => pod.close()));
  await stopControlPlane();
  await app.close();
  xdsPort = 0;
  token = xdsToken;
});

test('a pod that ends under load fails no request, and lets go of every connection', async () => {
  const [first, second] = [await start('first', slow), await start('second', slow)];
  await Promise.all([first.ready(), second.ready()]);
  const balancer = new TcpBalancer(ports);
  const port = await balancer.listen();
  const http1 = new OpenLoop({ port, host: 'app.test', perSecond: 200 });
  const http2 = new Http2Loop(port, 'app.test');
  await converge(() => http1.good >= 100 && http2.good >= 100);
  const [ending = 0, staying = 0] = ports;
  expect(balancer.connections(ending)).toBeGreaterThan(0);

  const hook = first.preStop();
  // The Service sends new connections here until it knows that the pod is not ready.
  await converge(async () => (await first.readiness()).status === 503);
  balancer.targets = [staying];
  expect((await hook).status).toBe(200);
  expect(balancer.connections(ending)).toBe(0);
  expect(await first.terminate()).toBe(0);

  const before = http1.good;
  await converge(() => http1.good >= before + 50);
  const [one, two] = [await http1.stop(), await http2.stop()];
  expect(Object.fromEntries(one.counts)).toEqual({ 200: one.sent });
  expect(Object.fromEntries(two.counts)).toEqual({ 200: two.sent });
  await balancer.close();
});

test('a pod with a client that never lets go ends when its time is over', async () => {
  const pod = await start('first', { timeoutMs: 2000, minMs: 500 });
  await pod.ready();
  const [port = 0] = ports;
  const balancer = new TcpBalancer([port]);
  const client = connect(await balancer.listen(), '127.0.0.1');
  await once(client, 'connect');
  await converge(() => balancer.connections(port) === 1);
  expect((await pod.preStop()).status).toBe(200);
  expect(balancer.connections(port)).toBe(1);
  client.destroy();
  await balancer.close();
});

test('with a delay a pod is ready for a while after its drain has begun', async () => {
  const pod = await start('first', { timeoutMs: 8000, minMs: 500, failAfterMs: 4000 });
  await pod.ready();
  const drained = pod.preStop();
  // Only a drain makes these requests, and without a delay it fails readiness before the first.
  await converge(async () => {
    const { body } = await send(pod.readinessPort, { path: '/stats/prometheus' });
    const pauses = /^envoy_cluster_upstream_rq_total\{envoy_cluster_name="drain"\} (\d+)/m.exec(body)?.[1];
    return Number(pauses ?? 0) > 0;
  });
  expect((await pod.readiness()).status).toBe(200);
  await converge(async () => (await pod.readiness()).status === 503);
  expect((await drained).status).toBe(200);
});

test.skipIf(!hasIPv6)('the pod’s own ports listen at addresses of the families that it has', async () => {
  const dual = await start('first', slow, 'DualStack');
  await dual.ready();
  expect((await dual.readiness('::1')).status).toBe(200);
  const single = await start('second', slow, 'IPv6');
  await converge(async () => (await single.readiness('::1')).status === 200);
  await expect(single.readiness()).rejects.toThrow('ECONNREFUSED');
});

test('the pod’s own ports answer to nothing that they are not there for', async () => {
  const pod = await start('first', slow);
  await pod.ready();
  for (const path of [
    '/',
    '/drain/',
    '/drain/to-be-guessed',
    '/pause/x',
    '/quitquitquit',
    '/healthcheck/fail',
  ])
    expect(await statusOf(pod.drainPort, path)).toBe(404);
  for (const path of ['/', '/quitquitquit', '/config_dump', '/stats', '/ready/..', '/certs'])
    expect(await statusOf(pod.readinessPort, path)).toBe(404);
  expect(await statusOf(pod.readinessPort, '/stats/prometheus')).toBe(200);
  for (const path of ['/', '/config_dump', '/certs', '/clusters', '/stats', '/logging', '/quitquitquit'])
    expect(await statusOf(pod.adminPort, path)).toBe(403);
  expect((await pod.readiness()).status).toBe(200);
});

test('a proxy takes new certificates and a new CA without a restart', async () => {
  const pod = await start('first', slow);
  await pod.ready();
  expect(await connected()).toBe(1);
  await stopControlPlane();
  certificates = await newCertificates('sluice');
  pod.renew(await clientOf('first'));
  await startControlPlane();
  await converge(async () => (await connected()) === 1);
});

test('a proxy rejects a server of another name, and goes on asking until the right one answers', async () => {
  await stopControlPlane();
  const right = certificates;
  const { certificates: wrong } = await renew({ ...right, server: undefined }, Date.now(), ['another']);
  certificates = wrong;
  await startControlPlane();
  const pod = await start('first', slow);
  await converge(async () => (await pod.stat('ssl_fail_verify_san')) > 0);
  expect(await connected()).toBe(0);
  await stopControlPlane();
  certificates = right;
  await startControlPlane();
  await pod.ready();
});

test('a proxy without a current token serves what it has, is sent nothing, and is let in again with one', async () => {
  const pod = await start('first', slow);
  await pod.ready();
  const [port = 0] = ports;
  await stopControlPlane();
  token = 'of an upgrade';
  await startControlPlane();
  await converge(async () =>
    expect(await metrics.registry.metrics()).toMatch(/sluice_xds_refused_total\{reason="token"\} [1-9]/),
  );
  expect(await connected()).toBe(0);
  expect((await pod.readiness()).status).toBe(200);
  expect((await send(port, { host: 'app.test' })).status).toBe(200);
  await stopControlPlane();
  token = xdsToken;
  await startControlPlane();
  await converge(async () => (await connected()) === 1);
});

async function statusOf(port: number, path: string): Promise<number> {
  return (await send(port, { path })).status;
}

const slow = { timeoutMs: 15_000, minMs: 1000 };

async function start(
  name: string,
  drain: ProxyPodOptions['drain'],
  ipFamily?: ProxyPodOptions['ipFamily'],
): Promise<ProxyPod> {
  const material = await clientOf(name);
  const pod = await ProxyPod.start({
    gateway: name,
    xdsPort,
    material,
    drain,
    ...(ipFamily && { ipFamily }),
  });
  pods.push(pod);
  return pod;
}

async function newCertificates(serverName: string): Promise<Certificates> {
  return (await renew(undefined, Date.now(), [serverName])).certificates;
}

function clientOf(name: string): Promise<TlsMaterial> {
  return issueClient(certificates, { namespace: 'default', gateway: name, uid: '' }, Date.now());
}

async function connected(): Promise<number> {
  const { values } = await metrics.connectedProxies.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

async function startControlPlane(): Promise<void> {
  metrics = createMetrics();
  const surroundings = { log: new SilentLog(), metrics, clock: systemClock };
  const { server, ...authorities } = certificates;
  const identity = {
    current: () => ({ ...server, ca: bundleOf(authorities) }),
    onChange: () => () => {},
    tokenOf: () => token,
  };
  controlPlane = new ControlPlane(config(), surroundings, 'sluice-test', identity);
  xdsPort = await controlPlane.listen();
  controlPlane.controller.apply(objects().map(put));
  controlPlane.controller.sourcesComplete();
}

async function stopControlPlane(): Promise<void> {
  await controlPlane?.close();
  controlPlane = undefined;
  metrics.close();
}

function objects(): object[] {
  return [
    gatewayClass(),
    ...gateways.map((name, i) => gateway([{ name: 'http', port: ports[i], protocol: 'HTTP' }], { name })),
    service(),
    endpointSlice(['127.0.0.1'], { port: app.port }),
    httpRoute([{ backendRefs: [backend('app')] }], {
      hostnames: ['app.test'],
      parentRefs: gateways.map((name) => ({ name })),
    }),
  ];
}

function put(manifest: object): RowChange {
  const parsed = parseObject(manifest);
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed));
  return { kind: 'put', row: parsed.row };
}

/** Any readable file: the test gives the identity directly. */
const unused = import.meta.filename;

function config(): Config {
  const loaded = configFrom(
    {
      provider: { type: 'file', file: { directory: tmpdir() } },
      translate: { mode: 'inline', allowLoopbackEndpoints: true },
      xds: { port: xdsPort, tls: { certFile: unused, keyFile: unused, caFile: unused } },
    },
    tmpdir(),
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}
