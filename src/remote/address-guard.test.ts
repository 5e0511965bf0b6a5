import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeRegistry } from '../../test/rig/wasm/fake-registry.ts';
import { artifact } from '../../test/rig/wasm/wasm-image.ts';
import { systemClock } from '../lib/clock.ts';
import { fetchModule } from '../wasm/fetch-module.ts';
import { ModuleCache } from '../wasm/module-cache.ts';
import type { FetchRequest, FetchResult, ModulePlaces } from '../wasm/module-fetch.ts';
import { AddressGuard } from './address-guard.ts';
import type { NameLookup } from './name-lookup.ts';

const anywhere: ModulePlaces = { allow: [], trust: [], plainHttp: [], refused: [] };
const words = { thing: 'module', option: 'wasm.allow' } as const;
const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
const cache = new ModuleCache('', 0);

/** A server on every address of this machine, which no fetch may reach. */
let secret: Server;
let port: number;
let reached = 0;

beforeAll(async () => {
  secret = createServer((socket) => {
    reached++;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
  });
  secret.listen(0, '::');
  await once(secret, 'listening');
  ({ port } = secret.address() as AddressInfo);
});
afterAll(() => secret.close());

function attempt(
  source: FetchRequest['source'],
  lookup: NameLookup,
  places: Partial<ModulePlaces> = {},
): Promise<FetchResult> {
  const request: FetchRequest = {
    namespace: 'default',
    source,
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    known: undefined,
    limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: 1000 },
    places: { ...anywhere, ...places },
  };
  return fetchModule(request, { clock: systemClock, cache, lookup, ownAddresses: () => own });
}

/** Names that resolve to forbidden addresses; other hosts resolve to themselves. */
const names: Record<string, readonly string[]> = {
  localhost: ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  'metadata.google.internal': ['169.254.169.254'],
  'mixed.test': ['203.0.113.7', '127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'own.test': [own.find((address) => !address.startsWith('127.')) ?? '127.0.0.1'],
  'api.test': ['10.96.0.1'],
  'nowhere.test': [],
  'kubernetes.default.svc': ['203.0.113.7'],
};
const lookup: NameLookup = (host) => Promise.resolve(names[host.replace(/\.$/, '')] ?? [host]);

const forms = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '0177.0x0.0.1',
  '00000177.1',
  '127.0.0.1.',
  '１２７.０.０.１',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '0',
  '0.0.0.0',
  '0.1.2.3',
  '0x0',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::0.0.0.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:7F00:0001]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::ffff:0.0.0.0]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[fd00:ec2::254]',
  '169.254.169.254',
  '169.254.170.2',
  '2852039166',
  '0xa9fea9fe',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '239.255.255.250',
  '255.255.255.255',
  '240.0.0.1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'ip6-localhost',
  'metadata.google.internal',
  'metadata.google.internal.',
  'mixed.test',
  'mapped.test',
  'own.test',
  'api.test',
  'nowhere.test',
  'kubernetes.default.svc',
  'Kubernetes.default.svc.',
  'user@localhost',
  'good.test@localhost',
  'good.test:80@localhost',
];

test.each(forms)('nothing is fetched from %s, as a file or as an image', async (form) => {
  const places = {
    plainHttp: forms.map((each) => each.toLowerCase()),
    refused: ['10.96.0.1', 'kubernetes.default.svc'],
  };
  for (const url of [`http://${form}:${port}/x.wasm`, `https://${form}:${port}/x.wasm`])
    expect(await attempt({ kind: 'http', url }, lookup, places)).toMatchObject({
      kind: 'denied',
      reason: 'place',
    });
  const image = { kind: 'image', url: `${form}:${port}/x` } as const;
  expect(await attempt(image, lookup, places)).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(reached).toBe(0);
});

test.each([
  'file:///etc/passwd',
  'unix:///run/x',
  'ftp://r.test/x',
  'data:application/wasm;base64,AGFzbQ',
  '//r.test/x',
  '',
])('nothing is fetched by %j', async (url) => {
  expect(await attempt({ kind: 'http', url }, lookup)).toMatchObject({ kind: 'denied', reason: 'place' });
});

test('a name that changes its mind is asked once, and no connection goes to the other address', async () => {
  const good = await new FakeRegistry({ address: '127.0.0.2' }).start();
  const bad = createServer(() => reached++).listen(good.port, '127.0.0.3');
  await once(bad, 'listening');
  good.push('x', 'latest', artifact(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])));
  let turn = 0;
  const flip: NameLookup = () => Promise.resolve([turn++ % 2 === 0 ? '127.0.0.2' : '127.0.0.3']);
  const host = `flip.test:${good.port}`;
  const results = new Map<string, number>();
  const places = { plainHttp: [host], trust: [`127.0.0.2:${good.port}`] };
  for (let i = 0; i < 1000; i += 20) {
    const some = Array.from({ length: 20 }, () => attempt({ kind: 'image', url: `${host}/x` }, flip, places));
    for (const { kind } of await Promise.all(some)) results.set(kind, (results.get(kind) ?? 0) + 1);
  }
  expect(Object.fromEntries(results)).toEqual({ allowed: 500, denied: 500 });
  expect(reached).toBe(0);
  bad.close();
  await good.close();
});

test.each([[[]], [['*']]])('with %j, every address is allowed that is not private', (allow) => {
  const open = new AddressGuard({ ...anywhere, allow }, [], words);
  for (const address of ['203.0.113.1', '2a00::1', '172.32.0.1', '11.0.0.1'])
    expect(open.problem('r.test', 443, [address])).toBeUndefined();
  for (const address of [
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:10.1.2.3',
  ]) {
    const refused = 'r.test is at a private address and not in wasm.allow, so no module may come from there';
    expect(open.problem('r.test', 443, [address])).toBe(refused);
    expect(open.problem('r.test', 443, ['203.0.113.1', address])).toBe(refused);
  }
});

test('some private places beside all that are not', () => {
  const guard = new AddressGuard(
    { ...anywhere, allow: ['*', '10.1.0.0/16', '*.svc.cluster.local'] },
    [],
    words,
  );
  expect(guard.problem('r.test', 443, ['203.0.113.1', '10.1.2.3'])).toBeUndefined();
  expect(guard.problem('r.test', 443, ['10.2.0.1'])).toBeDefined();
  expect(guard.problem('r.a.svc.cluster.local', 443, ['172.30.1.1'])).toBeUndefined();
});

test('only what is in a list without * is allowed', () => {
  const narrow = new AddressGuard(
    { ...anywhere, allow: ['*.good.test', 'r.test', '10.1.0.0/16', 'fd12::/64', '192.0.2.9'] },
    [],
    words,
  );
  const allowed: [string, string][] = [
    ['a.good.test', '203.0.113.1'],
    ['A.B.GOOD.test.', '203.0.113.1'],
    ['r.test', '203.0.113.1'],
    ['x.test', '10.1.255.255'],
    ['x.test', '::ffff:10.1.0.1'],
    ['x.test', 'fd12::5'],
    ['192.0.2.9', '192.0.2.9'],
  ];
  for (const [name, address] of allowed) expect(narrow.problem(name, 443, [address])).toBeUndefined();
  const refused: [string, readonly string[]][] = [
    ['good.test', ['203.0.113.1']],
    ['agood.test', ['203.0.113.1']],
    ['r.test.evil.test', ['203.0.113.1']],
    ['x.test', ['10.2.0.1']],
    ['x.test', ['10.1.0.1', '10.2.0.1']],
    ['r.test', ['127.0.0.1']],
  ];
  for (const [name, addresses] of refused) expect(narrow.problem(name, 443, addresses)).toBeDefined();
});

test('a trusted place is in no need of being in the list of what is allowed', () => {
  const guard = new AddressGuard({ ...anywhere, allow: ['r.test'], trust: ['127.0.0.1:5000'] }, [], words);
  expect(guard.problem('localhost', 5000, ['127.0.0.1'])).toBeUndefined();
  expect(guard.problem('localhost', 5000, ['127.0.0.1', '10.0.0.1'])).toBeDefined();
});

test('a trusted place is that address and that port, however it is spelt, and no other', () => {
  const guard = new AddressGuard({ ...anywhere, trust: ['127.0.0.1:5000', '[::1]:5000'] }, [], words);
  expect(guard.problem('r.test', 5000, ['127.0.0.1'])).toBeUndefined();
  expect(guard.problem('r.test', 5000, ['::ffff:127.0.0.1', '::1'])).toBeUndefined();
  expect(guard.problem('r.test', 5001, ['127.0.0.1'])).toBeDefined();
  expect(guard.problem('r.test', 5000, ['127.0.0.2'])).toBeDefined();
});
