import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { systemClock } from '../lib/clock.ts';
import { Faults } from '../observe/faults.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { startAdmin } from './admin.ts';
import type { HttpServer } from './http-server.ts';
import { startProbes } from './probes.ts';

let metrics: Metrics;
let faults: Faults;
let servers: HttpServer[];
let sockets: Socket[];
let reason: string | undefined;

beforeEach(() => {
  metrics = createMetrics();
  faults = new Faults(new SilentLog(), metrics, systemClock);
  [servers, sockets, reason] = [[], [], undefined];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) await server.close();
  metrics.close();
});

const view = { notReady: () => reason, objects: () => [], problems: () => [], proxies: () => [] };

async function probes(): Promise<HttpServer> {
  const server = await startProbes({ address: '127.0.0.1', port: 0 }, () => reason, faults);
  servers.push(server);
  return server;
}

async function admin(address = '127.0.0.1'): Promise<HttpServer> {
  const server = await startAdmin({ address, port: 0 }, view, metrics, faults);
  servers.push(server);
  return server;
}

async function open(port: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
  }
}

const statusOf = async (port: number, path: string, host = '127.0.0.1'): Promise<number> =>
  (await fetch(`http://${host}:${port}${path}`)).status;

test('probes say whether the control plane is up and ready, and nothing else', async () => {
  const { port } = await probes();
  reason = 'the first scan is not complete';
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, `${reason}\n`]);
  expect(answer.headers.get('connection')).toBe('close');
  reason = undefined;
  expect(await statusOf(port, '/readyz')).toBe(200);
  expect(await statusOf(port, '/healthz')).toBe(200);
  expect(await statusOf(port, '/metrics')).toBe(404);
  expect(await statusOf(port, '/debug/objects')).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`, { method: 'POST' })).status).toBe(405);
});

test.each([
  ['probes', probes],
  ['the admin server', admin],
])('connections that say nothing keep no request from %s', async (_, start) => {
  const { port } = await start();
  await open(port, 300);
  for (let i = 0; i < 16; i++) expect(await statusOf(port, '/healthz')).toBe(200);
  const ended = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
  expect(ended).toBeGreaterThanOrEqual(300 - 100);
});

test('what tells of tenants is for clients on loopback alone', async (context) => {
  const address = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  if (address === undefined) return context.skip('this machine has no address beyond loopback');
  const { port } = await admin('0.0.0.0');
  for (const page of ['objects', 'problems', 'proxies']) {
    expect(await statusOf(port, `/debug/${page}`, address)).toBe(403);
    expect(await statusOf(port, `/debug/${page}`)).toBe(200);
  }
  for (const page of ['/metrics', '/healthz', '/readyz'])
    expect(await statusOf(port, page, address)).toBe(200);
});
