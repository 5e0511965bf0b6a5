import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { send } from '../rig/envoy/http-client.ts';
import { conditionOf } from './condition.ts';
import { endpointSlice, gateway, httpRoute, service, toService } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';
import { sluicePods, type SluicePod } from './sluice.ts';

let ns: TestNamespace;
let pods: readonly SluicePod[];

beforeAll(async () => {
  ns = await TestNamespace.open('tenants');
  await ns.apply(gateway());
  await ns.address();
  pods = await sluicePods(ns.kube);
}, 120_000);
afterAll(() => ns.close(), 120_000);

const [adminPort, probesPort] = [19_000, 19_001];

test('connections that say nothing keep no probe waiting, and no scrape', async () => {
  const sockets: Socket[] = [];
  try {
    for (const { address } of pods) {
      for (const port of [adminPort, probesPort]) {
        for (let i = 0; i < 200; i++) {
          const socket = connect(port, address);
          socket.on('error', () => {});
          sockets.push(socket);
          await once(socket, 'connect');
        }
      }
      const statuses = [];
      for (let i = 0; i < 16; i++) {
        statuses.push((await send(probesPort, { address, path: '/healthz' })).status);
        statuses.push((await send(adminPort, { address, path: '/metrics' })).status);
      }
      expect(statuses).toEqual(Array(32).fill(200));
    }
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test.each(['objects', 'problems', 'proxies'])('a pod is not told /debug/%s', async (page) => {
  for (const { address } of pods) {
    const answer = await send(adminPort, { address, path: `/debug/${page}`, host: 'localhost' });
    expect(answer.status).toBe(403);
  }
});

test('a Gateway gets no external IP that the operator has not allowed, and says so', async () => {
  const addresses = ['192.0.2.1', '192.0.2.2'].map((value) => ({ type: 'IPAddress', value }));
  const [made] = await ns.apply(gateway(undefined, { addresses }, 'greedy'));
  const refused = await converge(async () => {
    const condition = conditionOf(await ns.get(gateway(undefined, {}, 'greedy')), 'Programmed');
    return condition?.reason === 'AddressNotUsable' && condition;
  }, 60_000);
  expect(refused).toMatchObject({
    status: 'False',
    observedGeneration: made?.metadata.generation,
    message: expect.stringMatching(/^spec\.addresses\[0\]\.value, spec\.addresses\[1\]\.value: /) as string,
  });
  const services = await converge(async () => {
    const found = await ns.kube.list({ apiVersion: 'v1', kind: 'Service' }, ns.namespace, '');
    return found.length > 1 && found;
  });
  expect(services.filter(({ spec }) => spec?.['externalIPs'] !== undefined)).toEqual([]);
});

test.each([
  ['azure', '168.63.129.16'],
  ['alibaba', '100.100.100.200'],
  ['oracle', '192.0.0.192'],
])('no proxy connects to the metadata service of a cloud: %s', async (name, address) => {
  const host = `${name}.test`;
  await ns.apply(service(name, { selector: null }), endpointSlice(name, [address], { port: 80 }));
  await ns.apply(httpRoute(name, host, [toService(name)]));
  const { body } = await ns.answers(host, 503);
  expect(body).toBe('no healthy upstream');
});
