import { mkdir, rename, rm, symlink, unlink } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RowChange } from '../kinds/row.ts';
import { FollowedFolder, service } from '../../test/rig/file/followed-folder.ts';

let folder: FollowedFolder;

function replay(all: readonly RowChange[], into: Map<string, string>): void {
  for (const change of all) {
    if (change.kind === 'put') into.set(change.row.key, Buffer.from(change.row.bytes).toString());
    else into.delete(change.key);
  }
}

function json(name: string): string {
  return `{"apiVersion":"v1","kind":"Service","metadata":{"name":"${name}"},"spec":{"ports":[{"port":80}]}}`;
}

beforeEach(async () => {
  folder = await FollowedFolder.made();
});
afterEach(() => folder.close());

test('everything in the folder is there when start resolves', async () => {
  await folder.write('b.yaml', service('b'), service('c'));
  await folder.write('a/a.json', json('a'));
  await folder.write('notes.txt', 'no manifest');
  await folder.write('.hidden.yaml', 'a: [');
  await folder.start();
  expect(folder.calls).toEqual(['put Service/default/a', 'put Service/default/b', 'put Service/default/c']);
});

test('a folder that is not there is an error at the start', async () => {
  await expect(folder.start({ directory: folder.join('none') })).rejects.toThrow(
    /cannot read the folder .*none: ENOENT/,
  );
});

test('an edit, a new file and a deleted file are each one change', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start();
  await folder.write('a.yaml', service('a', 81));
  await folder.until('put Service/default/a', 2);
  await folder.write('b.yaml', service('b'));
  await folder.until('put Service/default/b');
  await unlink(folder.join('a.yaml'));
  await folder.until('delete Service/default/a');
  expect(folder.calls).toHaveLength(4);
});

test('an edit that changes nothing that matters changes nothing', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start();
  await folder.write('a.yaml', `# a comment\n${service('a')}`, service('b'));
  await folder.until('put Service/default/b');
  expect(folder.calls).toEqual(['put Service/default/a', 'put Service/default/b']);
});

test('events that never come cost one interval, and no update', async () => {
  // A directory of another name behind a link: its own directory is watched, the one that holds it is not.
  await mkdir(folder.join('.versions/1'), { recursive: true });
  await folder.write('.versions/1/a.yaml', service('a'));
  await symlink('.versions/1/a.yaml', folder.join('a.yaml'));
  await folder.start({ scanIntervalMs: 30 });
  await folder.write('.versions/1/a.yaml', service('a', 81));
  await folder.until('put Service/default/a', 2);
});

test('a file that is renamed, or an object that moves to another file, is no change', async () => {
  await folder.write('a.yaml', service('a'), service('b'));
  await folder.start();
  await rename(folder.join('a.yaml'), folder.join('z.yaml'));
  await folder.write('c.yaml', service('c'));
  await folder.until('put Service/default/c');
  await folder.write('c.yaml', service('c'), service('b'));
  await folder.write('z.yaml', service('a'));
  await folder.write('d.yaml', service('d'));
  await folder.until('put Service/default/d');
  await unlink(folder.join('d.yaml'));
  await folder.until('delete Service/default/d');
  expect(folder.calls.filter((line) => /^(put|delete) Service.default.[ab]$/.test(line))).toEqual([
    'put Service/default/a',
    'put Service/default/b',
  ]);
  expect(folder.source.problems()).toEqual([]);
});

test('an editor that saves by renaming does not make the object come and go', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start();
  await rename(folder.join('a.yaml'), folder.join('a.yaml~'));
  await folder.write('.a.yaml.new', service('a', 81));
  await rename(folder.join('.a.yaml.new'), folder.join('a.yaml'));
  await folder.until('put Service/default/a', 2);
  expect(folder.calls).toHaveLength(2);
});

test('files of an ignored name are left alone', async () => {
  await folder.write('standalone.yaml', 'run: []');
  await folder.write('a.yaml', service('a'));
  await folder.start({ ignore: ['standalone.yaml'] });
  expect(folder.calls).toEqual(['put Service/default/a']);
});

test('a new directory is followed like the first', async () => {
  await folder.start({ scanIntervalMs: 60_000 });
  await folder.write('sub/deeper/a.yaml', service('a'));
  await folder.until('put Service/default/a');
  await folder.write('sub/deeper/a.yaml', service('a', 81));
  await folder.until('put Service/default/a', 2);
});

test('any sequence of edits ends where a fresh start would', async () => {
  await folder.start({ scanIntervalMs: 20 });
  for (let step = 0; step < 60; step++) {
    const name = `${'abc'[step % 3]}.yaml`;
    if (step % 7 === 3) await rm(folder.join(name), { force: true });
    else if (step % 11 === 5) await folder.write(name, 'broken: [');
    else
      await folder.write(
        name,
        service('abcd'[step % 4] ?? 'a', 1 + step),
        service('xyz'[step % 5] ?? 'e', 1 + step),
      );
  }
  for (const name of 'abc') await folder.write(`${name}.yaml`, service(name), service('x', 7));
  await folder.write('z.yaml', service('last'));
  await folder.until('put Service/default/last');
  const rows = new Map<string, string>();
  const fresh = new Map<string, string>();
  replay(folder.changes, rows);
  await folder.source.close();
  await folder.start();
  replay(folder.changes, fresh);
  expect(rows).toEqual(fresh);
});
