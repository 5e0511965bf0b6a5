import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { quantiles } from '../test/rig/load/quantiles.ts';

/** `npm run bench -- commands`: time of each command from its start to its end, beside a Sluice with 1,000 routes. */
const routes = 1000;
const runs = 5;
const port = 19_321;
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'bench-commands-'));
const served = join(folder, 'served');
const admin = ['--admin', `http://127.0.0.1:${port}`];

const commands: readonly (readonly string[])[] = [
  ['version'],
  ['translate', 'examples/quickstart'],
  ['status', ...admin],
  ['status', '--wrong', ...admin],
  ['proxies', ...admin],
  ['get', 'routes', ...admin],
  ['explain', 'http://host-500.example.com/', ...admin],
  ['explain', 'httproute/default/route-500', ...admin],
  ['top', '--once', ...admin],
  ['diff', 'edit.json', ...admin],
  ['collect', '-o', 'bundle.tar.gz', ...admin],
];

function objects(): object[] {
  const api = 'gateway.networking.k8s.io/v1';
  return [
    {
      apiVersion: api,
      kind: 'GatewayClass',
      metadata: { name: 'sluice' },
      spec: { controllerName: 'sluice.dev/gateway-controller' },
    },
    {
      apiVersion: api,
      kind: 'Gateway',
      metadata: named('web'),
      spec: { gatewayClassName: 'sluice', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: named('app'), spec: { ports: [{ port: 80 }] } },
    ...Array.from({ length: routes }, (_, i) => route(i, '/')),
  ];
}

function named(name: string): object {
  return { name, namespace: 'default' };
}

function route(i: number, path: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `route-${i}`, namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'web' }],
      hostnames: [`host-${i}.example.com`],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: path } }],
          backendRefs: [{ name: 'app', port: 80 }],
        },
      ],
    },
  };
}

/** Resolves to milliseconds. */
async function timed(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const inFolder = args.map((arg) => (/\.(json|gz)$/.test(arg) ? join(folder, arg) : arg));
  const child = spawn(process.execPath, ['launch/sluice.js', ...inFolder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [err, code] = await Promise.all([text(child.stderr), ended]);
  if (code === null || code > 1) throw new Error(err);
  rmSync(join(folder, 'bundle.tar.gz'), { force: true });
  return performance.now() - start;
}

mkdirSync(served);
writeFileSync(
  join(served, 'manifests.json'),
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects() }),
);
writeFileSync(join(folder, 'edit.json'), JSON.stringify(route(500, '/new')));
const config = join(folder, 'sluice.yaml');
writeFileSync(
  config,
  JSON.stringify({
    provider: { type: 'file', file: { directory: served } },
    xds: { tls: 'off', port: 0 },
    admin: { port },
    log: { level: 'error' },
  }),
);
const sluice = spawn(process.execPath, ['src/main.ts', 'serve', '--config', config], {
  cwd: root,
  stdio: 'ignore',
});
try {
  while (
    !(await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await pause(100);
  for (const command of commands) {
    const times: number[] = [];
    await timed(command);
    for (let i = 0; i < runs; i++) times.push(await timed(command));
    const words = command.slice(
      0,
      command.indexOf('--admin') === -1 ? undefined : command.indexOf('--admin'),
    );
    process.stdout.write(`${words.join(' ').padEnd(44)} ${quantiles(times).p50.toFixed(0).padStart(6)} ms\n`);
  }
} finally {
  sluice.kill();
  rmSync(folder, { recursive: true });
}
