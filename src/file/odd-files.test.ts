import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedFolder, service } from '../../test/rig/file/followed-folder.ts';

let folder: FollowedFolder;

beforeEach(async () => {
  folder = await FollowedFolder.made();
});
afterEach(() => folder.close());

test('links are followed inside the folder, as in a mounted ConfigMap, and never out of it', async () => {
  await mkdir(folder.join('..2026_1'));
  await folder.write('..2026_1/a.yaml', service('a'));
  await symlink('..2026_1', folder.join('..data'));
  await symlink('..data/a.yaml', folder.join('a.yaml'));
  await writeFile(join(folder.outside, 'b.yaml'), service('b'));
  await symlink(join(folder.outside, 'b.yaml'), folder.join('b.yaml'));
  await symlink(folder.outside, folder.join('out'));
  await symlink('.', folder.join('round'));
  await folder.start();
  expect(folder.calls).toEqual([
    'error b.yaml: leads out of the folder and is not read',
    'put Service/default/a',
  ]);

  await mkdir(folder.join('..2026_2'));
  await folder.write('..2026_2/a.yaml', service('a', 81));
  await symlink('..2026_2', folder.join('..data_tmp'));
  await rename(folder.join('..data_tmp'), folder.join('..data'));
  await folder.until('put Service/default/a', 2);
});

test('a file that becomes a link out of the folder keeps its last good version', async () => {
  await folder.write('a.yaml', service('a'));
  await writeFile(join(folder.outside, 'a.yaml'), service('secret'));
  await folder.start();
  await symlink(join(folder.outside, 'a.yaml'), folder.join('.new'));
  await rename(folder.join('.new'), folder.join('a.yaml'));
  await folder.until('error a.yaml: leads out of the folder and is not read');
  expect(folder.calls.join()).not.toContain('secret');
});

test('pipes are not waited for, and what is no file is a problem', async () => {
  execFileSync('mkfifo', [folder.join('a.yaml')]);
  await folder.write('b.yaml', service('b'));
  await folder.start();
  expect(folder.calls).toEqual([
    'error a.yaml: is not a regular file and is not read',
    'put Service/default/b',
  ]);
});

test('a file over the limit is refused, and its last good version stays', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start({ maxFileBytes: 1000 });
  await folder.write('a.yaml', service('b'), '#'.repeat(1000));
  await folder.until(
    'error a.yaml: is larger than 1000 bytes and is not read; its last good version stays in force',
  );
  await folder.write('a.yaml', service('b'));
  await folder.until('delete Service/default/a');
  expect(folder.calls).toContain('info a.yaml: can be read again');
});

test('files over the limit of their number are logged, and known objects stay', async () => {
  await folder.write('b.yaml', service('b'));
  await folder.start({ maxFiles: 1 });
  await folder.write('a.yaml', service('a'));
  await folder.until('error .: holds more than 1 files; the rest are not read');
  await folder.until('put Service/default/a');
  expect(folder.calls.filter((line) => line.startsWith('delete'))).toEqual([]);
});

test('a folder that vanishes leaves everything in force, and may come back', async () => {
  const inner = folder.join('inner');
  await folder.write('inner/a.yaml', service('a'));
  await folder.start({ directory: inner, scanIntervalMs: 20 });
  await rename(inner, folder.join('other'));
  await folder.until(/error the folder cannot be read.*/);
  expect(folder.source.problems()).toHaveLength(1);
  await rename(folder.join('other'), inner);
  await folder.until('info the folder can be read again');
  await folder.write('inner/a.yaml', service('a', 81));
  await folder.until('put Service/default/a', 2);
  expect(folder.calls.filter((line) => line.startsWith('delete'))).toEqual([]);
});
