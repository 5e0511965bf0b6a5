import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPidFile, writePidFile } from './pid-file.ts';
import { processStart } from './process-identity.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-pid-'));
  file = join(folder, 'a.pid');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a process that runs is found by its pid file', () => {
  writePidFile(file, process.pid, 'abc');
  expect(readPidFile(file)).toEqual({
    pid: process.pid,
    start: processStart(process.pid),
    fingerprint: 'abc',
  });
});

test('a process that has ended is not found', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  expect(writePidFile(file, child.pid ?? 0, 'abc')).toBeDefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readPidFile(file)).toBeUndefined();
});

test('a pid that another process has now is not taken for the old one', () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: 'another boot 1', fingerprint: 'abc' }));
  expect(readPidFile(file)).toBeUndefined();
});

test.each(['', '{', '{"pid": 1, "start": "x", "fingerprint": "y"}', '{"pid": "1"}', 'null'])(
  'the text %j is no pid file',
  (text) => {
    writeFileSync(file, text);
    expect(readPidFile(file)).toBeUndefined();
  },
);
