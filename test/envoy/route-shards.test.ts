import { afterAll, beforeAll, expect, test } from 'vitest';
import { shardOf } from '../../src/units/route-shard.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, sendTls } from '../rig/envoy/http-client.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ concurrency: 2, ports: 2, mode: 'threads' });
  for (const name of ['a', 'b', 'c']) await rig.backend(name);
  rig.apply([tlsSecret('wild', selfSigned(['*.wild.test'])), inShards(true)]);
  await rig.settled();
});

afterAll(() => rig.close());

function inShards(routeShards: boolean, more: readonly object[] = []): object {
  const [port = 0, tlsPort] = rig.ports;
  const tls = { certificateRefs: [{ name: 'wild' }] };
  const https = { name: 'tls', port: tlsPort, hostname: '*.wild.test', protocol: 'HTTPS', tls };
  const made = gateway([httpListener({ port }), https, ...more]) as { metadata: object };
  const annotations = { 'sluice.dev/route-shards': String(routeShards) };
  return { ...made, metadata: { ...made.metadata, annotations } };
}

function route(name: string, hostnames: readonly string[], backend = name): object {
  return httpRoute([toService(backend)], { name, hostnames: [...hostnames] });
}

const hosts = Array.from({ length: 200 }, (_, i) => `host-${i}.tenant-${i % 7}.test`);

async function by(host: string): Promise<string | number> {
  const [found = 0] = await rig.answers('', [{ host }]);
  return found;
}

async function byTls(host: string): Promise<string | number> {
  const answer = await sendTls(rig.ports[1] ?? 0, { serverName: 'x.wild.test', host });
  return answer.status === 200 ? echo(answer).backend : answer.status;
}

test('hosts of all shards answer, in any case, with a port, and by wildcard', async () => {
  rig.apply([
    route('a', hosts),
    route('b', ['*.tenant-1.test']),
    route('c', ['exact.wild.test', '*.wild.test']),
  ]);
  await rig.settled();
  expect(new Set(hosts.map(shardOf)).size).toBeGreaterThan(50);
  for (const host of hosts) expect(await by(host), host).toBe('a');
  expect(await by('HOST-9.Tenant-2.TEST')).toBe('a');
  expect(await by(`host-9.tenant-2.test:${rig.port}`)).toBe('a');
  for (const name of ['x', 'y.z', 'host-9']) expect(await by(`${name}.tenant-1.test`)).toBe('b');
  expect(await by('host-9.tenant-1.test')).toBe('b');
  for (const host of ['unknown.test', 'tenant-1.test', '127.0.0.1', '[::1]'])
    expect(await by(host)).toBe(404);
});

test('a wildcard of a TLS listener is in shards too', async () => {
  expect(await byTls('exact.wild.test')).toBe('c');
  expect(await byTls('other.wild.test')).toBe('c');
  expect(await byTls('elsewhere.test')).toBe(404);
});

test('the header of a shard comes from the Host header, whatever a client sends, and reaches no backend', async () => {
  const [host = ''] = hosts;
  for (const shard of ['0', '63', 'x']) {
    const answer = await rig.echo(host, { headers: { 'x-sluice-shard': shard } });
    expect(answer.backend).toBe('a');
    expect(answer.headers).not.toHaveProperty('x-sluice-shard');
  }
});

test('routes move, come and go under load without a failed request', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `moving-${i}`);
  const all = (backend: string): object[] => names.map((name) => routeOf(name, [toService(backend)]));
  rig.apply(all('a'));
  await rig.settled();
  const load = new OpenLoop({ port: rig.port, host: names.map(hostOf), perSecond: 300 });
  await converge(() => load.good >= 20);
  for (let i = 0; i < 6; i++) {
    rig.apply(all(i % 2 === 0 ? 'b' : 'a'));
    await rig.settled();
    rig.apply([route(`extra-${i}`, [`extra-${i}.test`, `*.extra-${i}.test`], 'c')]);
    await rig.settled();
    expect(await by(`x.extra-${i}.test`)).toBe('c');
    rig.apply([], [route(`extra-${i}`, [])]);
    await rig.settled();
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('shards come and go under load without a failed request', async () => {
  const [host = ''] = hosts;
  const load = new OpenLoop({ port: rig.port, host, perSecond: 200 });
  await converge(() => load.good >= 20);
  for (const is of [false, true, false, true]) {
    rig.apply([inShards(is)]);
    await rig.settled();
    for (const one of hosts.slice(0, 20)) expect(await by(one)).toBe('a');
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('a proxy serves on while the control plane restarts, and then follows', async () => {
  const [host = ''] = hosts;
  const load = new OpenLoop({ port: rig.port, host, perSecond: 100 });
  await converge(() => load.good >= 20);
  await rig.stopControlPlane();
  rig.keep([route('late', ['late.test'], 'b')]);
  await rig.startControlPlane();
  await converge(async () => (await by('late.test')) === 'b');
  await rig.settled();
  rig.apply([], [route('late', [])]);
  await rig.settled();
  expect(await by('late.test')).toBe(404);
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('a listener that is removed and returns has its routes', async () => {
  const [host = ''] = hosts;
  const { port } = rig;
  const other = gateway([httpListener({ port: rig.ports[1] ?? 0 })]);
  rig.apply([other]);
  await rig.settled();
  rig.apply([inShards(true)]);
  await rig.settled();
  expect(port).toBe(rig.port);
  await converge(async () => (await by(host)) === 'a');
  for (const one of hosts.slice(0, 64)) expect(await by(one)).toBe('a');
});
