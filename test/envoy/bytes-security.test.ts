import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { askOnce, ByteConnection, readText } from '../rig/envoy/byte-client.ts';
import { serviceOf, streamServer, type ByteServer } from '../rig/envoy/byte-server.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import { backend, policy, tcpRoute, tlsRoute } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let greeter: Server;
let greeted = 0;
const servers: ByteServer[] = [];
const a = '127.0.0.1';
const b = '127.0.0.9';

/** Hostnames of listeners of one port. */
const names = { a: 'a.test', b: '*.b.test', c: '*.c.b.test' };

beforeAll(async () => {
  rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2, ports: 2, listeners, drainMs: 200 });
  greeter = createServer((socket) => {
    greeted++;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => socket.write(`greeter:${chunk.toString()}`));
    socket.write('hello\n');
  }).listen(0, '127.0.0.1');
  await once(greeter, 'listening');
  const { port } = greeter.address() as AddressInfo;
  servers.push(await streamServer('tls', selfSigned(['a.test'])));
  for (const server of servers) rig.apply(serviceOf(server));
  rig.apply(serviceOf({ name: 'greeter', port, close: () => greeter.close() }));
  rig.apply([
    tcpRoute([backend('greeter')], { parentRefs: [{ name: 'web', sectionName: 'tcp' }] }),
    ...Object.entries(names).map(([sectionName, hostname]) =>
      passing(sectionName, { hostnames: [hostname] }),
    ),
    passing('any', { hostnames: ['e.test'] }),
  ]);
  await rig.settled();
});

beforeEach(async () => {
  rig.apply([], [security([]), security([], { name: 'names' }), clients]);
  await rig.settled();
  await converge(async () => (await readText(rig.port, a)) === 'hello\n');
});

afterAll(async () => {
  await rig.close();
  greeter.close();
  for (const server of servers) server.close();
});

function passing(sectionName: string, options: object = {}): object {
  return tlsRoute([backend('tls')], {
    name: `tls-${sectionName}`,
    parentRefs: [{ name: 'web', sectionName }],
    ...options,
  });
}

function listeners([tcp, tls]: readonly number[]): object[] {
  return [
    { name: 'tcp', port: tcp, protocol: 'TCP' },
    ...[...Object.entries(names), ['any', undefined]].map(([name, hostname]) => ({
      name,
      port: tls,
      protocol: 'TLS',
      hostname,
      tls: { mode: 'Passthrough' },
    })),
  ];
}

function at(sectionName: string): object {
  return { kind: 'Gateway', name: 'web', sectionName };
}

const clients = policy('ClientTrafficPolicy', {
  targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web', sectionName: 'tcp' },
  proxyProtocol: { optional: true },
});

type Rule = readonly ['Allow' | 'Deny', ...string[]];

const ofRoute: object = { kind: 'TCPRoute', name: 'route' };

function security(rules: readonly Rule[], { name = 'policy', target = ofRoute, rest = 'Deny' } = {}): object {
  return policy(
    'SecurityPolicy',
    {
      targetRef: { group: 'gateway.networking.k8s.io', ...target },
      authorization: {
        defaultAction: rest,
        rules: rules.map(([action, ...clientCIDRs]) => ({ action, principal: { clientCIDRs } })),
      },
    },
    { name },
  );
}

async function apply(...manifests: object[]): Promise<void> {
  rig.apply(manifests);
  await rig.settled();
}

async function greetings(): Promise<readonly string[]> {
  return [await readText(rig.port, a), await readText(rig.port, b)];
}

async function draining(): Promise<number> {
  const stats = await rig.envoy.stats('total_filter_chains_draining$');
  return must([...stats.values()][0], 'filter chains that drain');
}

const hello = 'hello\n';

test.each<[string, readonly Rule[], string, readonly string[]]>([
  ['ranges that may come in', [['Allow', '127.0.0.9/32', 'fd00::/8']], 'Deny', ['', hello]],
  ['ranges that may not', [['Deny', '127.0.0.9/32']], 'Allow', [hello, '']],
  [
    'the first rule before the second',
    [
      ['Deny', '127.0.0.1/32'],
      ['Allow', '127.0.0.0/8'],
    ],
    'Deny',
    ['', hello],
  ],
  [
    'a wide rule before a narrow one',
    [
      ['Allow', '127.0.0.0/8'],
      ['Deny', '127.0.0.1/32'],
    ],
    'Deny',
    [hello, hello],
  ],
  ['no rule', [], 'Deny', ['', '']],
  ['no rule and all allowed', [], 'Allow', [hello, hello]],
])(
  '%s: a server that speaks first says nothing to others, and is not asked',
  async (_, rules, rest, expected) => {
    await apply(security(rules, { rest }));
    await converge(async () => expected[0] === hello || (await readText(rig.port, a)) === '');
    await converge(async () => expected[1] === hello || (await readText(rig.port, b)) === '');
    const before = greeted;
    expect(await greetings()).toEqual(expected);
    expect(greeted - before).toBe(expected.filter((one) => one === hello).length);
  },
);

test('a policy that changes closes no connection, and drains no filter chain', async () => {
  await apply(security([['Allow', '127.0.0.0/8']]));
  const open = await ByteConnection.open(rig.port, undefined, a, a);
  const before = await draining();
  const passed = await ByteConnection.open(must(rig.ports[1], 'port'), 'a.test');
  for (const range of ['127.0.0.9/32', '127.0.0.0/8', '10.0.0.0/8']) {
    await apply(security([['Allow', range]]));
    const mayCome = range === '127.0.0.0/8';
    await converge(async () => (await readText(rig.port, a)) === (mayCome ? hello : ''));
  }
  // Those of tests before may end meanwhile.
  expect(await draining()).toBeLessThanOrEqual(before);
  expect(await open.ask()).toMatch(/^(hello|greeter)/);
  expect(await passed.ask()).toBe('tls');
  open.close();
  passed.close();
});

test('names of a port are apart: the policy of one listener restricts the names of that one alone', async () => {
  const port = must(rig.ports[1], 'port');
  const ask = (name: string, from: string): Promise<string> => askOnce(port, name, undefined, from);
  const asked = ['a.test', 'c.b.test', 'b.test'];
  const answers = async (): Promise<readonly string[]> =>
    Promise.all(asked.flatMap((name) => [ask(name, a), ask(name, b)]));
  await converge(async () => (await ask('c.b.test', a)) === 'tls');
  expect(await answers()).toEqual(['tls', 'tls', 'tls', 'tls', 'closed', 'closed']);
  await apply(security([['Allow', '127.0.0.9/32']], { name: 'names', target: at('a') }));
  await converge(async () => (await ask('a.test', a)) === 'closed');
  expect(await answers()).toEqual(['closed', 'tls', 'tls', 'tls', 'closed', 'closed']);
  await apply(security([['Allow', '127.0.0.9/32']], { name: 'names', target: at('b') }));
  await converge(async () => (await ask('c.b.test', a)) === 'closed');
  await converge(async () => (await ask('a.test', a)) === 'tls');
  expect(await answers()).toEqual(['tls', 'tls', 'closed', 'tls', 'closed', 'closed']);
  expect(await ask('e.test', a)).toBe('tls');
  await apply(security([['Allow', '127.0.0.9/32']], { name: 'names', target: at('any') }));
  await converge(async () => (await ask('e.test', a)) === 'closed');
  expect(await ask('e.test', b)).toBe('tls');
  expect(await ask('a.test', a)).toBe('tls');
});

test('the longest wildcard that has a name decides, then a route for all names, as without policies', async () => {
  const port = must(rig.ports[1], 'port');
  const ask = (name: string): Promise<string> => askOnce(port, name, undefined, a);
  const all = passing('any');
  await apply(all, security([['Allow', '127.0.0.9/32']], { name: 'names', target: at('b') }));
  await converge(async () => (await ask('d.b.test')) === 'closed');
  await converge(async () => (await ask('other.test')) === 'tls');
  expect(await ask('d.c.b.test')).toBe('tls');
  expect(await ask('a.test')).toBe('tls');
});

function proxied(address: string): Promise<string> {
  return readText(rig.port, a, `PROXY TCP4 ${address} 127.0.0.1 4000 80\r\n`);
}

test('the address that counts is that of the PROXY protocol, where the listener takes it', async () => {
  await apply(clients, security([['Allow', '192.0.2.0/24']]));
  await converge(async () => (await proxied('192.0.2.7')) === hello);
  await converge(async () => (await readText(rig.port, a, 'x')) === '');
  expect(await proxied('198.51.100.7')).toBe('');
});
