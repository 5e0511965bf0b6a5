import { truncate, unlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedFolder, service } from '../../test/rig/file/followed-folder.ts';
import { formatFileProblem } from './file-problem.ts';

let folder: FollowedFolder;

beforeEach(async () => {
  folder = await FollowedFolder.made();
});
afterEach(() => folder.close());

test('a part of a file that cannot be read is logged once, the rest is in force, and its repair is logged', async () => {
  await folder.write('a.yaml', service('a'), service('b'));
  await folder.write('c.yaml', service('c'));
  await folder.start();
  await folder.write('a.yaml', service('a', 81), service('b', 0));
  const line = 'error a.yaml:16:13: Service default/b: spec.ports[0].port: must be at least 1';
  await folder.until('put Service/default/b', 2);
  expect(folder.source.problems().map(formatFileProblem)).toEqual([line.slice(6)]);
  await folder.write('c.yaml', service('c', 81));
  await folder.until('put Service/default/c', 2);
  expect(folder.calls.slice(3)).toEqual([
    line,
    'put Service/default/a',
    'put Service/default/b',
    'put Service/default/c',
  ]);
  await folder.write('a.yaml', service('a', 81), service('b'));
  await folder.until('info a.yaml: can be read again');
  expect(folder.calls.slice(7)).toEqual(['info a.yaml: can be read again', 'put Service/default/b']);
  expect(folder.source.problems()).toEqual([]);
});

test('a document that cannot be read takes nothing away, wherever it stands, until it is mended', async () => {
  await folder.write('a.yaml', service('a'), service('b'), service('c'));
  await folder.start();
  await folder.write('a.yaml', service('new'), '---\na: [\n', service('c', 81));
  await folder.until('put Service/default/c', 2);
  expect(folder.calls.slice(3)).toEqual([
    expect.stringMatching(/^error a.yaml:\d+:/),
    'put Service/default/c',
    'put Service/default/new',
  ]);
  await folder.write('a.yaml', service('new'), service('c', 81));
  await folder.until('delete Service/default/a');
  await folder.until('delete Service/default/b');
});

test('a file that is broken at the start does not keep the others from loading', async () => {
  await folder.write('a.yaml', 'a: [');
  await folder.write('b.yaml', service('b'));
  await folder.start();
  expect(folder.calls).toEqual([
    'error a.yaml:1:5: is not valid YAML: wrong indentation, or a bracket that is not closed',
    'put Service/default/b',
  ]);
});

test('each version of a broken file is logged once, however often the folder is scanned', async () => {
  await folder.write('a.yaml', 'a: [');
  await folder.start({ scanIntervalMs: 5 });
  await folder.write('b.yaml', service('b'));
  await folder.until('put Service/default/b');
  await folder.write('a.yaml', 'b: {');
  await folder.until(/error a.yaml.*/, 2);
  await folder.write('c.yaml', service('c'));
  await folder.until('put Service/default/c');
  expect(folder.calls.filter((line) => line.startsWith('error'))).toHaveLength(2);
});

test('a broken file that is deleted takes its problem and its objects with it', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start();
  await folder.write('a.yaml', 'a: [');
  await folder.until(/error a.yaml.*/);
  await unlink(folder.join('a.yaml'));
  await folder.until('delete Service/default/a');
  expect(folder.source.problems()).toEqual([]);
});

test('a file that is cut to nothing keeps its objects until it is written again', async () => {
  await folder.write('a.yaml', service('a'));
  await folder.start();
  await truncate(folder.join('a.yaml'));
  await folder.write('b.yaml', service('b'));
  await folder.until('put Service/default/b');
  await folder.write('a.yaml', service('a', 81));
  await folder.until('put Service/default/a', 2);
  expect(folder.calls).toHaveLength(3);
});

test('the same object in two files is a problem that names both, and the first file wins', async () => {
  await folder.write('a.yaml', service('a', 81));
  await folder.write('b.yaml', service('x'), service('a', 82));
  await folder.start();
  const line =
    'b.yaml:10:1: Service default/a: is also in a.yaml:2, which is the one in force: remove one of the two, or rename it';
  expect(folder.calls).toContain(`error ${line}`);
  expect(folder.source.problems().map(formatFileProblem)).toEqual([line]);
  await folder.write('a.yaml', service('z'));
  await folder.until('put Service/default/a', 2);
  expect(folder.source.problems()).toEqual([]);
  expect(folder.calls.filter((entry) => entry.startsWith('delete'))).toEqual([]);
});

test('a misspelt Gateway API kind is a warning, and the file is good', async () => {
  const wrong = '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata: {name: a}\n';
  await folder.write('a.yaml', wrong, service('a'));
  await folder.start();
  expect(folder.calls[0]).toMatch(/^warn a.yaml:3:7: HTTPRout a: kind: .*did you mean HTTPRoute\?$/);
  expect(folder.calls[1]).toBe('put Service/default/a');
});

test('text that is not UTF-8 is a problem', async () => {
  await writeFile(folder.join('a.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
  await folder.start();
  expect(folder.calls).toEqual(['error a.yaml: is not UTF-8 text']);
});
