import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readManifests } from '../file/read-manifests.ts';
import { withStandardInput } from '../file/standard-input.ts';
import { translate, type TranslateOptions } from './translate.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-translate-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const gatewayClass = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: sluice }
spec: { controllerName: sluice.dev/gateway-controller }
`;

const gateway = (name: string, port: number): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name} }
spec: { gatewayClassName: sluice, listeners: [{ name: http, protocol: HTTP, port: ${port} }] }
`;

const unknown = `---
apiVersion: v1
kind: Service
metadata: { name: a }
spec: { prots: [] }
`;

async function translated(
  manifests: string,
  options: Partial<TranslateOptions> = {},
): Promise<{ code: number; out: Record<string, unknown> | undefined; lines: string[] }> {
  writeFileSync(join(folder, 'all.yaml'), manifests);
  const lines: string[] = [];
  let out = '';
  const all = { path: folder, format: 'json', gateway: undefined, type: 'all', strict: false } as const;
  const terminal = { out: (text: string) => void (out += text), err: (line: string) => lines.push(line) };
  const code = await translate({ ...all, ...options }, terminal);
  return { code, out: out === '' ? undefined : (JSON.parse(out) as Record<string, unknown>), lines };
}

const two = gatewayClass + gateway('web', 80) + gateway('api', 81);

test('one Gateway is printed alone, and one that is not there is named with the nearest', async () => {
  const one = await translated(two, { gateway: 'default/web' });
  expect(Object.keys(one.out?.['gateways'] ?? {})).toEqual(['default/web']);
  const none = await translated(two, { gateway: 'default/wep' });
  expect(none).toMatchObject({ code: 2, out: undefined });
  expect(none.lines.at(-1)).toBe(
    'sluice: translate: Gateway default/wep has no resources here; did you mean default/web?',
  );
});

test('one type is printed alone, without statuses', async () => {
  const { out } = await translated(two, { type: 'listeners' });
  expect(Object.keys(out ?? {})).toEqual(['gateways']);
  for (const resources of Object.values(out?.['gateways'] ?? {}))
    expect(Object.keys(resources as object)).toEqual(['listeners']);
});

test('a warning makes the exit code 1 with --strict alone', async () => {
  expect((await translated(two, { strict: true })).code).toBe(0);
  expect((await translated(two + unknown)).code).toBe(0);
  const strict = await translated(two + unknown, { strict: true });
  expect(strict.code).toBe(1);
  expect(strict.lines[0]).toMatch(/^all.yaml:19:9: Service default\/a: spec.prots: .*did you mean ports\?$/);
});

test.each(['yaml', 'json'])('standard input is read like a file: %s', async (format) => {
  const text =
    format === 'yaml'
      ? unknown
      : JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { prots: [] } });
  writeFileSync(join(folder, `a.${format}`), text);
  const file = await readManifests(join(folder, `a.${format}`));
  const input = await withStandardInput(Readable.from([text.slice(0, 7), text.slice(7)]), async (read) => ({
    ...read,
    place: await read.placeOf('Service/default/a' as never, 'spec'),
  }));
  expect(input.changes).toEqual(file.changes);
  const name = format === 'yaml' ? 'standard-input' : 'standard-input.json';
  expect(input.problems).toEqual(file.problems.map((problem) => ({ ...problem, file: name })));
  expect(input.place?.file).toBe(name);
});

test('an input that is too large is named', async () => {
  const input = Readable.from(Array.from({ length: 6 }, () => Buffer.alloc(1024 * 1024, '#')));
  const problems = await withStandardInput(input, (read) => Promise.resolve(read.problems));
  expect(problems[0]?.message).toMatch(/^is larger than/);
});
