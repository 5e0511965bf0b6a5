import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explain, type ExplainOptions } from '../../src/command/explain.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { serveAdmin } from '../rig/pipeline/served-pipeline.ts';

const objects = [
  m.gatewayClass(),
  m.gateway([m.httpListener({ port: 8080 })]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute([{ matches: [m.prefix('/cart')], backendRefs: [m.backend()] }], {
    name: 'shop',
    hostnames: ['shop.test'],
  }),
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function run(
  subject: string,
  options: Partial<ExplainOptions>,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const terminal = { out: (text: string) => void (out += text), err: (line: string) => void (err += line) };
  const all: ExplainOptions = {
    subject,
    request: 'GET',
    header: [],
    gateway: undefined,
    output: 'text',
    admin: new URL('http://127.0.0.1:1'),
    kubeconfig: undefined,
    context: undefined,
    namespace: undefined,
    files: undefined,
    ...options,
  };
  const code = await explain(all, { terminal, signal: new AbortController().signal });
  return { code, out, err };
}

test('manifests and a running Sluice give the same explanation', async () => {
  // JSON is YAML; a GatewayClass of manifests is Sluice's by its default name.
  const controllerName = 'sluice.dev/gateway-controller';
  const files = join(folder, 'all.yaml');
  const own = objects.map((object, i) => (i === 0 ? { ...object, spec: { controllerName } } : object));
  writeFileSync(files, own.map((object) => JSON.stringify(object)).join('\n---\n'));
  const pipeline = await Pipeline.started(objects);
  const { url: admin, close } = await serveAdmin(pipeline);
  try {
    for (const [subject, header] of [
      ['http://shop.test:8080/cart?x=1', []],
      ['http://127.0.0.1:8080/pay', ['Host: shop.test', 'x-a: 1']],
      ['httproute/shop', []],
      ['services/default/app', []],
    ] as const) {
      for (const output of ['text', 'json'] as const) {
        const there = await run(subject, { admin, header, output });
        expect(there).toEqual(await run(subject, { files, header, output }));
        expect(there).toMatchObject({ code: 0, err: '' });
      }
    }
    const { out } = await run('http://shop.test:8080/cart', { admin });
    expect(out.split('\n').slice(0, 2)).toEqual([
      'GET http://shop.test:8080/cart',
      'HTTPRoute/default/shop rules[0].matches[0] forwards to Service/default/app port 80: 1 ready',
    ]);
  } finally {
    await close();
  }
});

test.each([
  ['ftp://shop.test/', /must be http/],
  ['shop.test/cart', /is neither a URL, such as .*, nor KIND\/NAMESPACE\/NAME/],
  ['secret/default/token', /is neither/],
  ['httproute/default/none', /^sluice: explain: there is no httproute\/default\/none/],
])('%s: one line and exit 2', async (subject, line) => {
  writeFileSync(join(folder, 'none.yaml'), '');
  const { code, out, err } = await run(subject, { files: folder });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(line);
});

test('without a running Sluice: one line and exit 2', async () => {
  const { code, err } = await run('http://shop.test/', {});
  expect(code).toBe(2);
  expect(err).toMatch(/^sluice: explain: http:\/\/127\.0\.0\.1:1 does not answer \(.+\)/);
});
