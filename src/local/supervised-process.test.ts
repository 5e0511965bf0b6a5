import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { systemClock } from '../lib/clock.ts';
import { Faults } from '../observe/faults.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { processStart } from './process-identity.ts';
import { SupervisedProcess, type ProcessHost } from './supervised-process.ts';

const patience = { timeout: 30_000 };

let folder: string;
let said: string[];
let made: SupervisedProcess[];
let metrics: Metrics;
let host: ProcessHost;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-child-'));
  said = [];
  made = [];
  metrics = createMetrics();
  const faults = new Faults(new SilentLog(), metrics, systemClock);
  host = { stateDir: folder, say: (line) => said.push(line), faults };
});

afterEach(async () => {
  for (const process of made) await process.stop();
  metrics.close();
  rmSync(folder, { recursive: true });
});

function supervised(script: string, identity = ''): SupervisedProcess {
  const args = ['-e', script];
  const spec = { name: 'p', title: 'Process p', command: process.execPath, args, cwd: folder, identity };
  const supervisedProcess = new SupervisedProcess(spec, host);
  made.push(supervisedProcess);
  return supervisedProcess;
}

const idle = 'setInterval(() => {}, 1000)';

test('a process that an earlier run left is taken over, not started twice', async () => {
  const first = supervised(idle);
  expect(await first.start()).toBe('started');
  const second = supervised(idle);
  expect(second.adoptable).toBe(true);
  expect(await second.start()).toBe('adopted');
  expect(second.pid).toBe(first.pid);
});

test('one that was started with something else is ended first', async () => {
  const first = supervised(idle, 'one');
  await first.start();
  const { pid = 0 } = first;
  const second = supervised(idle, 'two');
  expect(second.adoptable).toBe(false);
  expect(await second.start()).toBe('started');
  expect(processStart(pid)).toBeUndefined();
  expect(second.pid).not.toBe(pid);
});

test('stop ends the process, what it has started, and one that ignores the request', async () => {
  const script = `process.on('SIGTERM', () => {}); require('child_process').spawn(process.execPath, ['-e', '${idle}'], {stdio: 'ignore'}).on('spawn', function () { console.log(this.pid) }); ${idle}`;
  const stubborn = supervised(script);
  await stubborn.start();
  const { pid = 0 } = stubborn;
  const grandchild = await vi.waitFor(() => {
    const [, found] = /^(\d+)\n/.exec(readFileSync(join(folder, 'p.log'), 'utf8')) ?? [];
    expect(found).toBeDefined();
    return Number(found);
  }, patience);
  await stubborn.stop();
  await vi.waitFor(() => {
    expect(processStart(pid)).toBeUndefined();
    expect(processStart(grandchild)).toBeUndefined();
  }, patience);
});

test('one that ends unasked starts again, and the end of its log is shown', async () => {
  const failing = supervised(`console.error('no such port'); process.exit(3)`);
  await failing.start();
  await vi.waitFor(() => expect(said.length).toBeGreaterThan(2), patience);
  expect(said[0]).toMatch(/^Process p ended with code 3; it starts again in 0\.5 s\. The end of .*p\.log:$/);
  expect(said[1]).toBe('  no such port');
  expect(said[2]).toMatch(/starts again in 1 s/);
});

test('a command that does not exist is one line', async () => {
  const spec = {
    name: 'p',
    title: 'Process p',
    command: 'no-such-command',
    args: [],
    cwd: folder,
    identity: '',
  };
  const process = new SupervisedProcess(spec, host);
  expect(await process.start()).toBe('failed');
  expect(said).toEqual(['Process p cannot be started: no-such-command (ENOENT)']);
});
