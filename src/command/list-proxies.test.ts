import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listProxies } from './list-proxies.ts';
import type { ProxyDetailsJson, ProxyTypeJson } from '../run/proxy-json.ts';

let server: Server;
let answer: { status: number; body: string };
let asked: string | undefined;

beforeEach(async () => {
  server = createServer((request, response) => {
    asked = request.url;
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => void server.close());

const synced = { wildcard: true, subscribed: 0, held: 1, behind: 0, refused: 0, waiting: [] };

function proxy(fields: Partial<ProxyDetailsJson> = {}): ProxyDetailsJson {
  const types: ProxyTypeJson[] = [
    'Cluster',
    'ClusterLoadAssignment',
    'Listener',
    'RouteConfiguration',
    'VirtualHost',
  ].map((type) => ({ type, ...synced }));
  return {
    proxy: 'web-1',
    gateway: 'default/web',
    peer: '10.0.0.7:4321',
    envoy: '1.40.0',
    connectedAt: '2026-01-01T00:00:00.000Z',
    connectedForMs: 8_000_000,
    served: true,
    types,
    ...fields,
  };
}

async function run(
  proxies: unknown,
  options: { json?: boolean; wrong?: boolean; proxy?: string; status?: number } = {},
): Promise<{ code: number; out: string; err: string }> {
  answer = { status: options.status ?? 200, body: JSON.stringify(proxies) };
  const { port } = server.address() as AddressInfo;
  const admin = new URL(`http://127.0.0.1:${port}`);
  let out = '';
  let err = '';
  const place = { admin, kubeconfig: undefined, context: undefined, namespace: undefined };
  const output = options.json === true ? 'json' : 'table';
  const code = await listProxies(
    { ...place, output, wrong: options.wrong ?? false, proxy: options.proxy },
    {
      terminal: { out: (text) => (out += text), err: (line) => (err += line) },
      signal: new AbortController().signal,
    },
  );
  out = out.replaceAll(admin.origin, 'ADMIN');
  return { code, out, err: err.replaceAll(admin.origin, 'ADMIN') };
}

test('a line for each proxy, by Gateway and id', async () => {
  const behind = { type: 'Cluster', ...synced, behind: 3, oldestForMs: 12_345 };
  const refused = { type: 'VirtualHost', ...synced, behind: 1, oldestForMs: 40, refused: 2 };
  const proxies = [
    proxy({ proxy: 'web-2', types: [behind, refused], connectedForMs: 300 }),
    proxy(),
    proxy({ gateway: 'default/lost', served: false, connectedForMs: 90_000 }),
  ];
  const { code, out, err } = await run(proxies);
  expect([code, err, asked]).toEqual([0, '', '/debug/proxies']);
  expect(out).toBe(
    `PROXY  GATEWAY       CONNECTED  ENVOY   CDS             EDS        LDS        RDS        VHDS                        SDS  REPLICA
web-1  default/lost  1m30s      1.40.0  no config       no config  no config  no config  no config                   -    ADMIN
web-1  default/web   2h13m      1.40.0  synced          synced     synced     synced     synced                      -    ADMIN
web-2  default/web   300ms      1.40.0  behind 3 (12s)  -          -          -          behind 1 (40ms), refused 2  -    ADMIN
`,
  );
});

test('one proxy is shown with what it has not, why, and what it has', async () => {
  const waiting = [
    {
      name: 'r/a.test',
      wanted: 'v2',
      acked: 'v1',
      forMs: 4000,
      why: 'a proxy refused it',
      message: 'bad\nroute',
      domain: 'a.test',
    },
    { name: 'r/s', sent: null, acked: 'v1', forMs: 1500, why: 'held', atMostMs: 500 },
  ];
  const types = [{ type: 'VirtualHost', ...synced, behind: 2, refused: 1, oldestForMs: 1500, waiting }];
  const resources = [{ type: 'VirtualHost', name: 'r/a.test', version: 'v1' }];
  const { code, out } = await run([proxy({ types, resources })], { proxy: 'a/b c' });
  expect([code, asked]).toEqual([0, '/debug/proxies?proxy=a%2Fb+c']);
  expect(out).toBe(
    `PROXY  GATEWAY      CONNECTED  ENVOY   CDS  EDS  LDS  RDS  VHDS                      SDS  REPLICA
web-1  default/web  2h13m      1.40.0  -    -    -    -    behind 2 (1s), refused 1  -    ADMIN

from 10.0.0.7:4321

TYPE  NOT UP TO DATE  FOR  ACKED  SENT     WANTED  WHY
VHDS  r/a.test        4s   v1     -        v2      a proxy refused it; it said: bad\\u000aroute
VHDS  r/s             1s   v1     removal  -       held; for at most 500ms

and 1 more

TYPE  RESOURCE  VERSION
VHDS  r/a.test  v1
`,
  );
});

test('with --wrong only proxies that lack something are shown, and what', async () => {
  const types = [{ type: 'Cluster', ...synced, behind: 1, oldestForMs: 1000 }];
  const { out } = await run([proxy(), proxy({ proxy: 'web-2', types })], { wrong: true });
  expect(out).toContain('web-2  default/web  2h13m');
  expect(out).not.toContain('web-1');
  expect((await run([proxy()], { wrong: true })).out).toBe('all 1 connected proxies are up to date\n');
});

test('as JSON it is what the admin server says, with the replica', async () => {
  const { code, out } = await run([proxy()], { json: true });
  expect([code, JSON.parse(out)]).toEqual([0, [{ ...proxy(), replica: 'ADMIN' }]]);
});

test.each([
  ['a list of something else', [{ kind: 'Gateway' }], 200, 'HTTP 200'],
  ['no list', {}, 200, 'HTTP 200'],
  ['a path that is not there', 'try /healthz', 404, 'HTTP 404'],
])('%s is one line, and exit code 2', async (_, body, status, how) => {
  const err = `sluice: proxies: ADMIN answers, but not as Sluice does (${how})`;
  expect(await run(body, { status })).toEqual({ code: 2, out: '', err });
});

test('an id or a message cannot write to the terminal as it likes', async () => {
  const { out } = await run([proxy({ proxy: 'a\u001b[2J\u202eb\r' })]);
  expect(out).toContain('a\\u001b[2J\\u202eb\\u000d  default/web');
});
