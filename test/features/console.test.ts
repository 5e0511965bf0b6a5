import { afterEach, expect, test, vi } from 'vitest';
import type { ObjectDetail, ObjectList, ProxyPage, Tick } from '../../src/run/console/shapes.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { must } from '../../src/lib/assert.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { ConsoleRig } from '../rig/browser/console-rig.ts';
import type { Pipeline } from '../rig/pipeline/pipeline.ts';

const toApp = { backendRefs: [m.backend()] };

let rig: ConsoleRig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function serve(...objects: readonly object[]): Promise<Pipeline> {
  rig = await ConsoleRig.started(...objects);
  return rig.pipeline;
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${must(rig, 'rig').url}${path}`, { headers });
}

async function json<T>(path: string): Promise<T> {
  return (await (await get(`/debug/console/${path}`)).json()) as T;
}

/** Opens a page; the result reads its next tick. */
async function openPage(): Promise<{ next: () => Promise<Tick>; close: () => Promise<void> }> {
  const { body } = await get('/debug/console/ticks');
  const reader = must(body, 'body').pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next() {
      for (;;) {
        const event = /data: (.*)\n\n/.exec(text);
        if (event !== null) {
          text = text.slice(event.index + event[0].length);
          return JSON.parse(event[1] ?? '') as Tick;
        }
        text += (await reader.read()).value ?? '';
      }
    },
    close: () => reader.cancel(),
  };
}

test('a tick tells of the lanes, and of what was slowest while a page is open', async () => {
  const pipeline = await serve(m.httpRoute([toApp], { name: 'shop' }));
  const client = await pipeline.connected();
  const page = await openPage();
  const before = await page.next();
  expect([before.slowest, before.proxies]).toEqual([[], 1]);
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
  await rig?.tick();
  const { lanes, slowest } = await page.next();
  const rise = (of: 'published' | 'pushed' | 'acks' | 'batchesSent'): number =>
    lanes.endpoints[of] - before.lanes.endpoints[of];
  expect([rise('published'), rise('pushed'), rise('acks'), rise('batchesSent')]).toEqual([1, 1, 1, 1]);
  expect(lanes.endpoints.stages['total']?.counts.at(-1)).toBe(1);
  expect(slowest.map(({ unit }) => unit)).toEqual(['ClusterLoadAssignment/default/app/80']);
  await page.close();
});

test('a tick is as long for many objects as for few, and reads none of them', async () => {
  const many = Array.from({ length: 60 }, (_, i) => [
    m.gateway([m.httpListener()], { name: `g${i}` }),
    ...['a', 'b', 'c'].map((name) =>
      m.httpRoute([{ backendRefs: [m.backend('absent')] }], {
        name: `${name}${i}`,
        parentRefs: [{ name: `g${i}` }],
      }),
    ),
  ]).flat();
  const pipeline = await serve(...many);
  for (let i = 0; i < 60; i++) pipeline.connect({ gateway: `default/g${i}` });
  await pipeline.settle();
  const reads = (['objects', 'status', 'row', 'view', 'gateways'] as const).map((name) =>
    vi.spyOn(pipeline.controller, name),
  );
  const page = await openPage();
  const tick = await page.next();
  expect([tick.proxies, tick.fleets.length, tick.slowest.length]).toEqual([60, 20, 0]);
  expect(JSON.stringify(tick).length).toBeLessThan(16_000);
  expect(reads.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0, 0, 0]);
  await page.close();
});

test('objects come in pages in the order of their keys, and those that are wrong say why', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `r${String(i).padStart(3, '0')}`);
  const broken = m.httpRoute([{ backendRefs: [m.backend('absent')] }], { name: 'r099' });
  const routes = names.map((name) => (name === 'r099' ? broken : m.httpRoute([toApp], { name })));
  await serve(...routes);
  const seen: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const list: ObjectList = await json(`objects?kind=HTTPRoute&after=${encodeURIComponent(after)}`);
    expect(list.objects.length).toBeLessThanOrEqual(50);
    seen.push(...list.objects.map(({ object }) => object));
    ({ after } = list);
  }
  expect(seen).toEqual(names.map((name) => `HTTPRoute/default/${name}`));
  const wrong: ObjectList = await json('objects?wrong=');
  expect(wrong.objects.map(({ object }) => object)).toEqual(['HTTPRoute/default/r099']);
  expect(wrong.objects[0]?.wrong).toEqual([expect.stringContaining('spec.rules[0].backendRefs[0]')]);
  const found: ObjectList = await json('objects?text=r09');
  expect(found.objects).toHaveLength(10);
});

test('a route stands beside its conditions, units and xDS', async () => {
  await serve(m.httpRoute([toApp], { name: 'shop', hostnames: ['shop.test'] }));
  const detail: ObjectDetail = await json('object?name=HTTPRoute/default/shop');
  expect(detail).toMatchObject({
    wrong: [],
    source: { hostnames: ['shop.test'] },
    decoded: [{ gateway: 'default/web', name: 'shop.test', content: [{ match: { prefix: '/' } }] }],
    isCut: false,
  });
  expect(detail.units.map(({ unit }) => unit)).toEqual([
    'HTTPRoute/default/shop',
    'AttachedRoute/default/web/HTTPRoute/default/shop',
  ]);
  const service: ObjectDetail = await json('object?name=Service/default/app');
  expect(service.decoded.map(({ type }) => type)).toEqual(['clusters', 'endpoints']);
});

test.each([
  'Secret/default/key',
  'HTTPRoute/default/absent',
  '',
  '__proto__',
  'ClusterLoadAssignment/default/app/80',
])('of %j nothing is shown', async (name) => {
  const pipeline = await serve(tlsSecret('key', selfSigned(['a.test'])));
  expect(pipeline.controller.row(resourceKey('Secret', 'default', 'key'))).toBeDefined();
  expect(await json(`object?name=${encodeURIComponent(name)}`)).toBeNull();
});

test('the spec of a policy is not shown, as it may have a key', async () => {
  const pipeline = await serve(
    m.httpRoute([toApp], { name: 'shop' }),
    m.policy('SecurityPolicy', {
      targetRefs: [{ kind: 'HTTPRoute', name: 'shop' }],
      jwt: {
        providers: [
          { name: 'p', localJWKS: { type: 'Inline', inline: '{"keys":[{"kty":"oct","k":"canary"}]}' } },
        ],
      },
    }),
  );
  const { objects }: ObjectList = await json('objects?kind=SecurityPolicy');
  const row = pipeline.controller.row(resourceKey('SecurityPolicy', 'default', 'policy'));
  expect(Buffer.from(must(row, 'row')).toString()).toContain('canary');
  const answers = await Promise.all(
    [...objects.map(({ object }) => object), 'HTTPRoute/default/shop', 'Gateway/default/web'].map(
      async (object) => (await get(`/debug/console/object?name=${encodeURIComponent(object)}`)).text(),
    ),
  );
  expect(answers).toHaveLength(3);
  expect(answers.join()).not.toContain('canary');
});

test('a proxy that lacks something says what, for how long and why', async () => {
  const pipeline = await serve(m.httpRoute([toApp], { name: 'shop' }));
  const slow = await pipeline.connected({ id: 'slow' });
  for (let i = 0; i < 30; i++) await pipeline.connected({ id: `p${i}` });
  slow.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.settle();
  const lacking: ProxyPage = await json('proxies?lacking=');
  expect(lacking.proxies).toMatchObject([
    {
      proxy: 'slow',
      gateway: 'default/web',
      lacks: [{ type: 'ClusterLoadAssignment', name: 'default/app/80', why: 'sent, and not answered yet' }],
    },
  ]);
  const first: ProxyPage = await json('proxies');
  const second: ProxyPage = await json(`proxies?from=${first.from}`);
  expect([first.proxies.length, second.proxies.length, second.from]).toEqual([25, 6, undefined]);
});

test.each(['cross-site', 'same-site'])('a page of another origin (%s) gets nothing', async (site) => {
  const pipeline = await serve();
  const collected = vi.spyOn(pipeline.controller, 'laneStates');
  for (const path of ['/debug/console/ticks', '/debug/console/objects', '/debug/objects']) {
    const answer = await get(path, { 'sec-fetch-site': site });
    expect([answer.status, await answer.text()]).toEqual([403, 'not for pages of another origin\n']);
  }
  expect(collected).not.toHaveBeenCalled();
});

test('the page loads nothing from elsewhere, has no inline script, and stands in no frame', async () => {
  await serve();
  const page = await get('/console');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|http/);
  expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  const text = await page.text();
  expect(text).not.toMatch(/<script(?! type="module" src="\/console\/)|style=|\son\w+=|https?:/);
});
