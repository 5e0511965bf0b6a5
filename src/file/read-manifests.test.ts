import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatFileProblem } from './file-problem.ts';
import { readManifests } from './read-manifests.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-read-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const service = (name: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name } });

test('one file is read, whatever its name, and what is beside it is not', async () => {
  await write('manifests', JSON.stringify(service('a')));
  await write('b.yaml', JSON.stringify(service('b')));
  expect(await keysIn('manifests')).toEqual(['Service/default/a']);
});

test('a list is as good as its items', async () => {
  const inner = { apiVersion: 'v1', kind: 'List', items: [service('b'), service('c')] };
  const list = { apiVersion: 'v1', kind: 'List', items: [service('a'), inner] };
  await write('a.json', JSON.stringify(list));
  expect(await keysIn('.')).toEqual(['Service/default/a', 'Service/default/b', 'Service/default/c']);
});

test('a list in YAML is as good as its items, also with anchors between them', async () => {
  await write('a.yaml', `apiVersion: v1\nitems:\n${item('a')}${item('b')}kind: List\n`);
  await write(
    'b.yaml',
    `apiVersion: v1\nkind: List\nitems:\n${item('&x c')}${item('d')}  spec: {type: *x}\n`,
  );
  expect(await keysIn('a.yaml')).toEqual(['Service/default/a', 'Service/default/b']);
  expect(await problemsIn('b.yaml')).toEqual([
    expect.stringMatching(/^b.yaml:10:16: Service default.d: spec.type: must be ClusterIP/),
  ]);
});

test('a list that breaks after its items is broken', async () => {
  await write(
    'a.yaml',
    `apiVersion: v1\nkind: List\nitems:\n- ${JSON.stringify(service('a'))}\nmetadata: [\n`,
  );
  expect(await keysIn('.')).toEqual(['Service/default/a']);
  expect(await problemsIn('.')).toEqual([expect.stringMatching(/^a.yaml:[56]:/)]);
});

test('one huge object is refused, as an API server would', async () => {
  await write('a.yaml', `a: ${'x'.repeat(1024 * 1024)}`);
  expect(await problemsIn('.')).toEqual([expect.stringMatching(/more than 1048576 characters/)]);
});

test('the apiVersion of an object is known as its author wrote it', async () => {
  await write(
    'a.yaml',
    'apiVersion: gateway.networking.k8s.io/v1beta1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {}',
  );
  const { apiVersions } = await readManifests(folder);
  expect([...apiVersions]).toEqual([['HTTPRoute/default/a', 'gateway.networking.k8s.io/v1beta1']]);
});

test('a problem in a later document or list item has its own line', async () => {
  const list =
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: A}\n';
  await write('a.yaml', `---\n${JSON.stringify(service('a'))}\n---\n${list}`);
  expect(await problemsIn('.')).toEqual(['a.yaml:9:20: metadata.name: must be a lower-case DNS name']);
});

test('a document that is no object hides none of its file', async () => {
  await write('a.yaml', `${JSON.stringify(service('a'))}\n---\n${JSON.stringify(service('B'))}`);
  await write('b.yaml', JSON.stringify(service('b')));
  expect(await keysIn('.')).toEqual(['Service/default/a', 'Service/default/b']);
  expect(await problemsIn('.')).toHaveLength(1);
});

test('a path that does not exist is a problem', async () => {
  expect(await problemsIn('none')).toEqual([`${join(folder, 'none')}: cannot be read: ENOENT`]);
});

test('a file name cannot forge a line of the log', async () => {
  await write('a\nerror b.yaml', '[');
  expect(await problemsIn('.')).toEqual([expect.stringMatching(/^a\\nerror b.yaml:1:/)]);
});

test('a mangled object is told with its kind and name', async () => {
  await write(
    'a.yaml',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata:\n  name: a\nspec:\n  controllerName: b\n',
  );
  expect(await problemsIn('.')).toEqual([
    'a.yaml:6:19: GatewayClass a: spec.controllerName: must be a domain and a path, such as sluice.dev/gateway-controller',
  ]);
});

test('ten thousand documents leave the event loop to others', async () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `---\n${JSON.stringify(service(`s${i}`))}\n`).join(
    '',
  );
  await write('a.yaml', text);
  let turns = 0;
  let reading = true;
  const turn = () => {
    turns++;
    if (reading) setImmediate(turn);
  };
  setImmediate(turn);
  const { changes } = await readManifests(folder);
  reading = false;
  expect(changes).toHaveLength(10_000);
  expect(turns).toBeGreaterThan(20);
});

function item(name: string): string {
  return `- apiVersion: v1\n  kind: Service\n  metadata: {name: ${name}}\n`;
}

async function keysIn(path: string): Promise<string[]> {
  const { changes } = await readManifests(join(folder, path));
  return changes.map((change) => (change.kind === 'put' ? change.row.key : `deleted ${change.key}`));
}

async function problemsIn(path: string): Promise<string[]> {
  const { problems } = await readManifests(join(folder, path));
  return problems.map(formatFileProblem);
}

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
}
