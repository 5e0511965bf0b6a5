import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processStart } from '../../src/local/process-identity.ts';
import { converge } from '../rig/envoy/converge.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';
import { send } from '../rig/envoy/http-client.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let gatewayPort: number;
let flags: string[];
let running: Standalone[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-standalone-'));
  cpSync(join(root, 'examples', 'quickstart'), folder, { recursive: true });
  const [gateway = 0, blue = 0, green = 0, xds = 0, admin = 0] = await freePorts(5);
  gatewayPort = gateway;
  flags = ['--xds-port', String(xds), '--admin-port', String(admin)];
  edit('gateway.yaml', ['8080', String(gateway)]);
  for (const file of ['backends.yaml', 'Procfile'])
    edit(file, ['3001', String(blue)], ['3002', String(green)]);
  running = [];
});

afterEach(async () => {
  for (const standalone of running) await standalone.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

function edit(file: string, ...replacements: [string, string][]): void {
  let text = readFileSync(join(folder, file), 'utf8');
  for (const [before, after] of replacements) text = text.replaceAll(before, after);
  writeFileSync(join(folder, file), text);
}

class Standalone {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  output = '';

  constructor(...execArgv: string[]) {
    const args = [...execArgv, join(root, 'src', 'main.ts'), 'standalone', folder, ...flags];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve));
    running.push(this);
  }

  async says(text: string): Promise<void> {
    await converge(() => this.output.includes(text));
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.#ended;
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Pids by title. */
  processes(): ReadonlyMap<string, number> {
    const found = this.output.matchAll(/^(.+): process (\d+) (?:started|adopted)$/gm);
    return new Map([...found].map(([, title = '', pid]) => [title, Number(pid)]));
  }
}

test('a killed Sluice leaves its Envoy serving, the next one takes it over, and no request is lost', async () => {
  const first = new Standalone();
  await first.says('Ctrl-C');
  const statuses: number[] = [];
  const done = new AbortController();
  const traffic = (async () => {
    while (!done.signal.aborted) statuses.push((await send(gatewayPort, { path: '/' })).status);
  })();

  await first.end('SIGKILL');
  const second = new Standalone();
  await second.says('Ctrl-C');
  expect(second.output).not.toContain('started');
  expect(second.processes()).toEqual(first.processes());

  edit('routes.yaml', ['weight: 50', 'weight: 0']);
  await converge(async () => (await send(gatewayPort, { path: '/' })).status === 500);
  edit('routes.yaml', ['weight: 0', 'weight: 50']);
  await converge(async () => (await send(gatewayPort, { path: '/' })).status === 200);
  done.abort();
  await traffic;
  expect(new Set(statuses).difference(new Set([200, 500]))).toEqual(new Set());

  expect(await second.end('SIGTERM')).toBe(0);
  for (const pid of second.processes().values()) expect(processStart(pid)).toBeUndefined();
});

test.each([
  ['throws', 'throw new Error("broken")'],
  ['is not handled', 'Promise.reject(new Error("broken"))'],
])('an error that %s ends all that was started, with one line and exit code 1', async (_, code) => {
  const fault = `data:text/javascript,process.on("SIGUSR2", () => { ${code} })`;
  const standalone = new Standalone('--import', fault);
  await standalone.says('Ctrl-C');
  expect(standalone.processes().size).toBe(3);
  const said = standalone.output.length;
  expect(await standalone.end('SIGUSR2')).toBe(1);
  const lines = standalone.output
    .slice(said)
    .split('\n')
    .filter((line) => line.startsWith('sluice:'));
  expect(lines).toEqual([
    expect.stringMatching(/^sluice: a bug in Sluice ends this command, please report it: broken \(at /),
  ]);
  for (const pid of standalone.processes().values()) expect(processStart(pid)).toBeUndefined();
});

test('an end that fails as well kills what was started', async () => {
  const fault = `data:text/javascript,process.on("SIGUSR2", () => process.exit(1))`;
  const standalone = new Standalone('--import', fault);
  await standalone.says('Ctrl-C');
  expect(await standalone.end('SIGUSR2')).toBe(1);
  for (const pid of standalone.processes().values()) await converge(() => processStart(pid) === undefined);
});

test('a port that another program has is one line, and nothing is left running', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(gatewayPort, '127.0.0.1', resolve));
  const standalone = new Standalone();
  expect(await standalone.ended).toBe(2);
  holder.close();
  expect(standalone.output).toContain(
    `sluice: standalone: port ${gatewayPort}, which Gateway default/quickstart listens on, is in use: stop the program that has it, or change the listener's port\n`,
  );
  for (const pid of standalone.processes().values()) expect(processStart(pid)).toBeUndefined();
});

test('a Gateway whose names are as long as Kubernetes allows is served, and ends with the others', async () => {
  const [port = 0] = await freePorts(1);
  const metadata = { name: 'g'.repeat(253), namespace: 'n'.repeat(63) };
  const spec = { gatewayClassName: 'sluice', listeners: [{ name: 'http', protocol: 'HTTP', port }] };
  const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata, spec };
  writeFileSync(join(folder, 'long.json'), JSON.stringify(gateway));
  const standalone = new Standalone();
  await standalone.says('Ctrl-C');
  expect((await send(port, { path: '/' })).status).toBe(404);
  expect(await standalone.end('SIGTERM')).toBe(0);
  expect(standalone.processes().size).toBe(4);
  for (const pid of standalone.processes().values()) expect(processStart(pid)).toBeUndefined();
});

test('a second Sluice on the same folder is refused', async () => {
  const first = new Standalone();
  await first.says('Ctrl-C');
  const second = new Standalone();
  expect(await second.ended).toBe(2);
  expect(second.output).toMatch(/^sluice: standalone: process \d+ already runs .*: end it first\n$/);
});

test('an Envoy whose Gateway was deleted while Sluice was dead is ended by the next one', async () => {
  const first = new Standalone();
  await first.says('Ctrl-C');
  const envoy = first.processes().get('Envoy of Gateway default/quickstart') ?? 0;
  await first.end('SIGKILL');
  expect(processStart(envoy)).toBeDefined();
  rmSync(join(folder, 'gateway.yaml'));
  const second = new Standalone();
  await second.says('Ctrl-C');
  expect(processStart(envoy)).toBeUndefined();
  expect(second.output).toContain('There is no Gateway for Sluice yet');
});

test('an Envoy whose Gateway is only broken in its file goes on serving', async () => {
  const first = new Standalone();
  await first.says('Ctrl-C');
  await first.end('SIGKILL');
  edit('gateway.yaml', ['protocol: HTTP', 'protocol: [']);
  const second = new Standalone();
  await second.says('Ctrl-C');
  expect((await send(gatewayPort, { path: '/' })).status).toBe(200);
  edit('gateway.yaml', ['protocol: [', 'protocol: HTTP']);
  await second.says('Envoy of Gateway default/quickstart: process');
  await second.says('Open ');
  expect((await send(gatewayPort, { path: '/' })).status).toBe(200);
});
