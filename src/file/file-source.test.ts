import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { RowChange } from '../kinds/row.ts';
import { FileSource, type FileSourceOptions } from './file-source.ts';
import { formatFileProblem } from './file-problem.ts';

let folder: string;
let outside: string;
let source: FileSource;
/** Callbacks of the source, in order: log lines and changes such as `put Service/default/a`. */
let calls: string[];
let waiting: (() => void)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-file-'));
  outside = await mkdtemp(join(tmpdir(), 'sluice-outside-'));
  calls = [];
  waiting = [];
});

afterEach(async () => {
  await source.close();
  await rm(folder, { recursive: true });
  await rm(outside, { recursive: true });
});

test('everything in the folder is there when start resolves', async () => {
  await write('b.yaml', service('b'), service('c'));
  await write('a/a.json', json('a'));
  await write('notes.txt', 'no manifest');
  await write('.hidden.yaml', 'a: [');
  await start();
  expect(calls).toEqual(['put Service/default/a', 'put Service/default/b', 'put Service/default/c']);
});

test('a folder that is not there is an error at the start', async () => {
  source = sourceOf({ directory: join(folder, 'none') });
  await expect(source.start()).rejects.toThrow(/cannot read the folder .*none: ENOENT/);
});

test('an edit, a new file and a deleted file are each one change', async () => {
  await write('a.yaml', service('a'));
  await start();
  await write('a.yaml', service('a', 81));
  await until('put Service/default/a', 2);
  await write('b.yaml', service('b'));
  await until('put Service/default/b');
  await unlink(join(folder, 'a.yaml'));
  await until('delete Service/default/a');
  expect(calls).toHaveLength(4);
});

test('an edit that changes nothing that matters changes nothing', async () => {
  await write('a.yaml', service('a'));
  await start();
  await write('a.yaml', `# a comment\n${service('a')}`, service('b'));
  await until('put Service/default/b');
  expect(calls).toEqual(['put Service/default/a', 'put Service/default/b']);
});

test('events that never come cost one interval, and no update', async () => {
  // A directory of another name behind a link: its own directory is watched, the one that holds it is not.
  await mkdir(join(folder, '.versions/1'), { recursive: true });
  await write('.versions/1/a.yaml', service('a'));
  await symlink('.versions/1/a.yaml', join(folder, 'a.yaml'));
  await start({ scanIntervalMs: 30 });
  await write('.versions/1/a.yaml', service('a', 81));
  await until('put Service/default/a', 2);
});

test('a file that is renamed, or an object that moves to another file, is no change', async () => {
  await write('a.yaml', service('a'), service('b'));
  await start();
  await rename(join(folder, 'a.yaml'), join(folder, 'z.yaml'));
  await write('c.yaml', service('c'));
  await until('put Service/default/c');
  await write('c.yaml', service('c'), service('b'));
  await write('z.yaml', service('a'));
  await write('d.yaml', service('d'));
  await until('put Service/default/d');
  await unlink(join(folder, 'd.yaml'));
  await until('delete Service/default/d');
  expect(calls.filter((line) => /^(put|delete) Service.default.[ab]$/.test(line))).toEqual([
    'put Service/default/a',
    'put Service/default/b',
  ]);
  expect(source.problems()).toEqual([]);
});

test('an editor that saves by renaming does not make the object come and go', async () => {
  await write('a.yaml', service('a'));
  await start();
  await rename(join(folder, 'a.yaml'), join(folder, 'a.yaml~'));
  await write('.a.yaml.new', service('a', 81));
  await rename(join(folder, '.a.yaml.new'), join(folder, 'a.yaml'));
  await until('put Service/default/a', 2);
  expect(calls).toHaveLength(2);
});

test('a part of a file that cannot be read is logged once, the rest is in force, and its repair is logged', async () => {
  await write('a.yaml', service('a'), service('b'));
  await write('c.yaml', service('c'));
  await start();
  await write('a.yaml', service('a', 81), service('b', 0));
  const line = 'error a.yaml:16:13: Service default/b: spec.ports[0].port: must be at least 1';
  await until('put Service/default/b', 2);
  expect(source.problems().map(formatFileProblem)).toEqual([line.slice(6)]);
  await write('c.yaml', service('c', 81));
  await until('put Service/default/c', 2);
  expect(calls.slice(3)).toEqual([
    line,
    'put Service/default/a',
    'put Service/default/b',
    'put Service/default/c',
  ]);
  await write('a.yaml', service('a', 81), service('b'));
  await until('info a.yaml: can be read again');
  expect(calls.slice(7)).toEqual(['info a.yaml: can be read again', 'put Service/default/b']);
  expect(source.problems()).toEqual([]);
});

test('a document that cannot be read takes nothing away, wherever it stands, until it is mended', async () => {
  await write('a.yaml', service('a'), service('b'), service('c'));
  await start();
  await write('a.yaml', service('new'), '---\na: [\n', service('c', 81));
  await until('put Service/default/c', 2);
  expect(calls.slice(3)).toEqual([
    expect.stringMatching(/^error a.yaml:\d+:/),
    'put Service/default/c',
    'put Service/default/new',
  ]);
  await write('a.yaml', service('new'), service('c', 81));
  await until('delete Service/default/a');
  await until('delete Service/default/b');
});

test('a file that is broken at the start does not keep the others from loading', async () => {
  await write('a.yaml', 'a: [');
  await write('b.yaml', service('b'));
  await start();
  expect(calls).toEqual([
    'error a.yaml:1:5: is not valid YAML: wrong indentation, or a bracket that is not closed',
    'put Service/default/b',
  ]);
});

test('each version of a broken file is logged once, however often the folder is scanned', async () => {
  await write('a.yaml', 'a: [');
  await start({ scanIntervalMs: 5 });
  await write('b.yaml', service('b'));
  await until('put Service/default/b');
  await write('a.yaml', 'b: {');
  await until(/error a.yaml.*/, 2);
  await write('c.yaml', service('c'));
  await until('put Service/default/c');
  expect(calls.filter((line) => line.startsWith('error'))).toHaveLength(2);
});

test('a broken file that is deleted takes its problem and its objects with it', async () => {
  await write('a.yaml', service('a'));
  await start();
  await write('a.yaml', 'a: [');
  await until(/error a.yaml.*/);
  await unlink(join(folder, 'a.yaml'));
  await until('delete Service/default/a');
  expect(source.problems()).toEqual([]);
});

test('a file that is cut to nothing keeps its objects until it is written again', async () => {
  await write('a.yaml', service('a'));
  await start();
  await truncate(join(folder, 'a.yaml'));
  await write('b.yaml', service('b'));
  await until('put Service/default/b');
  await write('a.yaml', service('a', 81));
  await until('put Service/default/a', 2);
  expect(calls).toHaveLength(3);
});

test('the same object in two files is a problem that names both, and the first file wins', async () => {
  await write('a.yaml', service('a', 81));
  await write('b.yaml', service('x'), service('a', 82));
  await start();
  const line = 'b.yaml:10:1: Service default/a: is also in a.yaml:2, which is the one in force';
  expect(calls).toContain(`error ${line}`);
  expect(source.problems().map(formatFileProblem)).toEqual([line]);
  await write('a.yaml', service('z'));
  await until('put Service/default/a', 2);
  expect(source.problems()).toEqual([]);
  expect(calls.filter((entry) => entry.startsWith('delete'))).toEqual([]);
});

test('a misspelt Gateway API kind is a warning, and the file is good', async () => {
  const wrong = '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata: {name: a}\n';
  await write('a.yaml', wrong, service('a'));
  await start();
  expect(calls[0]).toMatch(/^warn a.yaml:3:7: kind: this kind is not followed/);
  expect(calls[1]).toBe('put Service/default/a');
});

test('links are followed inside the folder, as in a mounted ConfigMap, and never out of it', async () => {
  await mkdir(join(folder, '..2026_1'));
  await write('..2026_1/a.yaml', service('a'));
  await symlink('..2026_1', join(folder, '..data'));
  await symlink('..data/a.yaml', join(folder, 'a.yaml'));
  await writeFile(join(outside, 'b.yaml'), service('b'));
  await symlink(join(outside, 'b.yaml'), join(folder, 'b.yaml'));
  await symlink(outside, join(folder, 'out'));
  await symlink('.', join(folder, 'round'));
  await start();
  expect(calls).toEqual(['error b.yaml: leads out of the folder and is not read', 'put Service/default/a']);

  await mkdir(join(folder, '..2026_2'));
  await write('..2026_2/a.yaml', service('a', 81));
  await symlink('..2026_2', join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await until('put Service/default/a', 2);
});

test('a file that becomes a link out of the folder keeps its last good version', async () => {
  await write('a.yaml', service('a'));
  await writeFile(join(outside, 'a.yaml'), service('secret'));
  await start();
  await symlink(join(outside, 'a.yaml'), join(folder, '.new'));
  await rename(join(folder, '.new'), join(folder, 'a.yaml'));
  await until('error a.yaml: leads out of the folder and is not read');
  expect(calls.join()).not.toContain('secret');
});

test('pipes are not waited for, and what is no file is a problem', async () => {
  execFileSync('mkfifo', [join(folder, 'a.yaml')]);
  await write('b.yaml', service('b'));
  await start();
  expect(calls).toEqual(['error a.yaml: is not a regular file and is not read', 'put Service/default/b']);
});

test('a file over the limit is refused, and its last good version stays', async () => {
  await write('a.yaml', service('a'));
  await start({ maxFileBytes: 1000 });
  await write('a.yaml', service('b'), '#'.repeat(1000));
  await until('error a.yaml: is larger than 1000 bytes and is not read');
  await write('a.yaml', service('b'));
  await until('delete Service/default/a');
  expect(calls).toContain('info a.yaml: can be read again');
});

test('files over the limit of their number are logged, and known objects stay', async () => {
  await write('b.yaml', service('b'));
  await start({ maxFiles: 1 });
  await write('a.yaml', service('a'));
  await until('error .: holds more than 1 files; the rest are not read');
  await until('put Service/default/a');
  expect(calls.filter((line) => line.startsWith('delete'))).toEqual([]);
});

test('files of an ignored name are left alone', async () => {
  await write('standalone.yaml', 'run: []');
  await write('a.yaml', service('a'));
  await start({ ignore: ['standalone.yaml'] });
  expect(calls).toEqual(['put Service/default/a']);
});

test('text that is not UTF-8 is a problem', async () => {
  await writeFile(join(folder, 'a.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
  await start();
  expect(calls).toEqual(['error a.yaml: is not UTF-8 text']);
});

test('a folder that vanishes leaves everything in force, and may come back', async () => {
  const inner = join(folder, 'inner');
  await write('inner/a.yaml', service('a'));
  await start({ directory: inner, scanIntervalMs: 20 });
  await rename(inner, join(folder, 'other'));
  await until(/error the folder cannot be read.*/);
  expect(source.problems()).toHaveLength(1);
  await rename(join(folder, 'other'), inner);
  await until('info the folder can be read again');
  await write('inner/a.yaml', service('a', 81));
  await until('put Service/default/a', 2);
  expect(calls.filter((line) => line.startsWith('delete'))).toEqual([]);
});

test('a new directory is followed like the first', async () => {
  await start({ scanIntervalMs: 60_000 });
  await write('sub/deeper/a.yaml', service('a'));
  await until('put Service/default/a');
  await write('sub/deeper/a.yaml', service('a', 81));
  await until('put Service/default/a', 2);
});

test('any sequence of edits ends where a fresh start would', async () => {
  await start({ scanIntervalMs: 20 });
  for (let step = 0; step < 60; step++) {
    const name = `${'abc'[step % 3]}.yaml`;
    if (step % 7 === 3) await rm(join(folder, name), { force: true });
    else if (step % 11 === 5) await write(name, 'broken: [');
    else
      await write(
        name,
        service('abcd'[step % 4] ?? 'a', 1 + step),
        service('xyz'[step % 5] ?? 'e', 1 + step),
      );
  }
  for (const name of 'abc') await write(`${name}.yaml`, service(name), service('x', 7));
  await write('z.yaml', service('last'));
  await until('put Service/default/last');
  const rows = new Map<string, string>();
  const fresh = new Map<string, string>();
  replay(changes, rows);
  await source.close();
  const again: RowChange[] = [];
  source = sourceOf({}, again);
  await source.start();
  replay(again, fresh);
  expect(rows).toEqual(fresh);
});

let changes: RowChange[] = [];

function replay(all: readonly RowChange[], into: Map<string, string>): void {
  for (const change of all) {
    if (change.kind === 'put') into.set(change.row.key, Buffer.from(change.row.bytes).toString());
    else into.delete(change.key);
  }
}

async function start(options: Partial<FileSourceOptions> = {}): Promise<void> {
  changes = [];
  source = sourceOf(options, changes);
  await source.start();
}

function sourceOf(options: Partial<FileSourceOptions>, into: RowChange[] = []): FileSource {
  return new FileSource(
    { directory: folder, ...options },
    {
      log: { info: logger('info'), warn: logger('warn'), error: logger('error') },
      clock: systemClock,
      onChanges: (all) => {
        into.push(...all);
        for (const change of all)
          tell(`${change.kind} ${change.kind === 'put' ? change.row.key : change.key}`);
      },
    },
  );
}

function logger(level: string) {
  return (_fields: object, message: string) => tell(`${level} ${message}`);
}

function tell(line: string): void {
  calls.push(line);
  for (const wake of waiting.splice(0)) wake();
}

/** Waits until the line has come so often; vitest's own deadline ends a wait in vain. */
async function until(line: string | RegExp, times = 1): Promise<void> {
  const matches = (entry: string) => (typeof line === 'string' ? entry === line : line.test(entry));
  while (calls.filter(matches).length < times) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }
}

async function write(name: string, ...documents: readonly string[]): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), documents.join(''));
}

/** Eight lines. */
function service(name: string, port = 80): string {
  return `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
    - port: ${port}
`;
}

function json(name: string): string {
  return `{"apiVersion":"v1","kind":"Service","metadata":{"name":"${name}"},"spec":{"ports":[{"port":80}]}}`;
}
