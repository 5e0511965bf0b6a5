import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

async function sluice(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

test('help and version go to standard output and end well', async () => {
  expect(await sluice('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage:') });
  expect(await sluice('--version')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^sluice \d/),
  });
});

test.each([
  [[], 'sluice: name a command; sluice --help lists them\n'],
  [['stand-alone'], 'sluice: "stand-alone" is no command; did you mean standalone?\n'],
  [['serve', '--config', 'gone.yaml'], 'gone.yaml: cannot be read (ENOENT)\n'],
  [['standalone', 'gone'], 'sluice: standalone: gone is not a folder\n'],
  [
    ['proxies', '--admin', 'http://127.0.0.1:1'],
    'sluice: proxies: http://127.0.0.1:1 does not answer (bad port): is Sluice running there? See --admin\n',
  ],
])('%j is one line on standard error, and exit code 2', async (args, err) => {
  expect(await sluice(...args)).toEqual({ code: 2, out: '', err });
});

test('a folder of state that cannot be written is one line, and exit code 2', async () => {
  writeFileSync(join(folder, 'file'), '');
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'file'));
  const { code, err } = await sluice('standalone', '.');
  expect(code).toBe(2);
  expect(err).toMatch(
    /^sluice: standalone: \S+, the folder of its processes, cannot be written \(ENOTDIR\): set .*\n$/,
  );
});

test('a bad config file is one line, and exit code 2', async () => {
  writeFileSync(join(folder, 'sluice.yaml'), 'provider: {type: file, file: {directory: m}}\nxds: {prt: 1}\n');
  const err = 'sluice.yaml:2: xds.prt: is no option; did you mean port?\n';
  expect(await sluice('serve', '--config', 'sluice.yaml')).toEqual({ code: 2, out: '', err });
});

test.each([
  ['provider: {type: file, file: {directory: .}}', 'provider.type is not kubernetes'],
  [
    'provider: {type: kubernetes}\nxds: {tls: {secret: a}}',
    'provider.kubernetes.infrastructure.process is not separate: sluice serve runs the proxies itself',
  ],
])('infrastructure with %j is one line, and exit code 2', async (config, reason) => {
  writeFileSync(join(folder, 'sluice.yaml'), config);
  const err = `sluice: infrastructure: ${reason}\n`;
  expect(await sluice('infrastructure', '--config', 'sluice.yaml')).toEqual({ code: 2, out: '', err });
});

test('a port that is taken is one line that names the option, and exit code 2', async () => {
  const holder = createServer();
  const port = await new Promise<number>((resolve) => {
    holder.listen(0, '127.0.0.1', () => {
      const address = holder.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  writeFileSync(
    join(folder, 'sluice.yaml'),
    `provider: {type: file, file: {directory: .}}\nxds: {port: ${port}}\nadmin: {port: 0}\n`,
  );
  const err = `sluice: serve: port ${port} on 127.0.0.1 is in use: end the program that has it, or choose another xds.port\n`;
  expect(await sluice('serve', '--config', 'sluice.yaml')).toEqual({ code: 2, out: '', err });
  holder.close();
});

test('a folder that does not exist ends serve with one line', async () => {
  writeFileSync(
    join(folder, 'sluice.yaml'),
    'provider: {type: file, file: {directory: gone}}\nxds: {port: 0}\nadmin: {port: 0}\n',
  );
  const { code, err } = await sluice('serve', '--config', 'sluice.yaml');
  expect(code).toBe(2);
  expect(err).toMatch(/^sluice: serve: cannot start: cannot read the folder .*gone.*ENOENT.*\n$/);
});

test('serve says when it is ready, and SIGTERM ends it well', async () => {
  writeFileSync(
    join(folder, 'sluice.yaml'),
    'provider: {type: file, file: {directory: .}}\nxds: {port: 0}\nadmin: {port: 0}\n',
  );
  const child = spawn(process.execPath, [main, 'serve', '--config', 'sluice.yaml'], { cwd: folder });
  let out = '';
  let asked = false;
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
    // A second signal would end it at once.
    if (!asked && out.includes('"msg":"ready"')) asked = child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  expect(out).toContain('"msg":"serving"');
});

test('a signal that comes twice at once, as Ctrl-C under npm does, ends it well', async () => {
  writeFileSync(
    join(folder, 'sluice.yaml'),
    'provider: {type: file, file: {directory: .}}\nxds: {port: 0}\nadmin: {port: 0}\n',
  );
  const child = spawn(process.execPath, [main, 'serve', '--config', 'sluice.yaml'], { cwd: folder });
  let out = '';
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
    if (out.includes('"msg":"ending') || !out.includes('"msg":"ready"')) return;
    child.kill('SIGINT');
    // Signals do not queue: the second one is sent when the first has been handled.
    child.stdout.once('data', () => child.kill('SIGINT'));
  });
  const ended = await new Promise((resolve) => child.once('close', (...how) => resolve(how)));
  expect(ended).toEqual([0, null]);
});

test('proxies asks a Sluice that runs, and names what it cannot find', async () => {
  writeFileSync(
    join(folder, 'sluice.yaml'),
    'provider: {type: file, file: {directory: .}}\nxds: {port: 0}\nadmin: {port: 0}\n',
  );
  const child = spawn(process.execPath, [main, 'serve', '--config', 'sluice.yaml'], { cwd: folder });
  const admin = await new Promise<string>((resolve) => {
    let out = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
      const port = /"adminPort":(\d+)/.exec(out)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  expect(await sluice('proxies', '--admin', admin)).toEqual({
    code: 0,
    out: 'no proxy is connected\n',
    err: '',
  });
  expect(await sluice('proxies', '-o', 'json', '--admin', admin)).toEqual({ code: 0, out: '[]\n', err: '' });
  const err = 'sluice: proxies: no proxy "web-1" is connected there\n';
  expect(await sluice('proxies', 'web-1', '--admin', admin)).toEqual({ code: 2, out: '', err });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await ended;
  const unreachable = await sluice('proxies', '--admin', admin);
  expect(unreachable).toEqual({
    code: 2,
    out: '',
    err: `sluice: proxies: ${admin} does not answer (ECONNREFUSED): is Sluice running there? See --admin\n`,
  });
});

test('translate prints what can be translated, names each problem, and exits with 2', async () => {
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'web', namespace: 'prod' },
    spec: { gatewayClassName: 'sluice', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
  };
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'sluice' },
    spec: { controllerName: 'sluice.dev/gateway-controller' },
  };
  writeFileSync(
    join(folder, 'good.json'),
    JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [gateway, gatewayClass] }),
  );
  writeFileSync(join(folder, 'bad.yaml'), 'a: [1\n');
  const { code, out, err } = await sluice('translate', '.');
  expect(code).toBe(2);
  expect(err).toMatch(/^bad\.yaml:.*\nsluice: translate: 2 objects, .*\n$/);
  const { gateways, objects } = JSON.parse(out);
  expect(Object.keys(gateways)).toEqual(['prod/web']);
  expect(Object.keys(gateways['prod/web'])).toEqual([
    'clusters',
    'endpoints',
    'extensions',
    'listeners',
    'routes',
    'scopes',
    'secrets',
    'virtualHosts',
  ]);
  expect(gateways['prod/web'].listeners[0]['@type']).toBe(
    'type.googleapis.com/envoy.config.listener.v3.Listener',
  );
  expect(objects.map(({ kind }: { kind: string }) => kind)).toEqual(['Gateway', 'GatewayClass']);
  const programmed = objects[0].status.conditions.find(({ type }: { type: string }) => type === 'Programmed');
  expect(programmed).toMatchObject({ status: 'Unknown', reason: 'Pending' });
});

test('translate gives the same in YAML', async () => {
  const { code, out } = await sluice('translate', '.', '--format', 'yaml');
  expect({ code, out }).toEqual({ code: 0, out: 'gateways: {}\nobjects: []\n' });
});
