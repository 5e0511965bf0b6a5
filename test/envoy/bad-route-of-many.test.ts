import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RouteFragment } from '../../src/batch/outcome.ts';
import { contentHash } from '../../src/lib/hash.ts';
import { httpRoute, prefix } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { send } from '../rig/envoy/http-client.ts';

const routes = 200;
const host = 'api.test';
let badRoutes: readonly number[] = [];
let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({
    mode: 'inline',
    tamper: (output) => ({ ...output, fragments: output.fragments.map(spoil) }),
  });
  await rig.backend('app');
});

afterAll(async () => {
  await rig.close({ rejected: 'expected' });
});

test('of 200 routes of one host, one that Envoy rejects from the start leaves 199 live, and says so', async () => {
  badRoutes = [77];
  rig.apply(saying('first'));
  await converge(async () => {
    expect(await liveRoutes('first')).toBe(routes - 1);
  });
  expect(await said(77)).toBeUndefined();
  expect([...rig.view.rejections()]).toMatchObject([{ domain: host, madeOf: ['HTTPRoute/default/r77'] }]);
  await converge(() =>
    expect(rig.condition('HTTPRoute', 'r77', 'PartiallyInvalid')?.message).toContain(
      `its routes for ${host}`,
    ),
  );
  expect(rig.condition('HTTPRoute', 'r76', 'PartiallyInvalid')).toBeUndefined();
});

test('a change of all of them, two of which are bad, is live but for these, which stay as they were', async () => {
  badRoutes = [];
  rig.apply(saying('good'));
  await converge(async () => {
    expect(await liveRoutes('good')).toBe(routes);
  });
  badRoutes = [5, 150];
  rig.apply(saying('second'));
  await converge(async () => {
    expect(await liveRoutes('second')).toBe(routes - 2);
  });
  expect([await said(5), await said(150)]).toEqual(['good', 'good']);
  badRoutes = [];
  rig.apply(saying('mended'));
  await converge(async () => {
    expect(await liveRoutes('mended')).toBe(routes);
  });
  expect([...rig.view.rejections()]).toEqual([]);
});

/** Envoy rejects a `Route` without a match; translation never writes one. */
function spoil(fragment: RouteFragment): RouteFragment {
  if (!badRoutes.some((i) => fragment.owner === `HTTPRoute/default/r${i}`)) return fragment;
  const bytes = Uint8Array.from([(3 << 3) | 2, 0]);
  const version = contentHash(`${fragment.version} spoiled`);
  return { ...fragment, version, entries: [...fragment.entries, { order: '9 9 spoiled', rule: '', bytes }] };
}

function saying(word: string): object[] {
  return Array.from({ length: routes }, (_, i) => {
    const filter = {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'x-word', value: word }] },
    };
    const rule = { ...toService('app'), matches: [prefix(`/${i}`)], filters: [filter] };
    return httpRoute([rule], { name: `r${i}`, hostnames: [host] });
  });
}

async function said(i: number): Promise<string | undefined> {
  return (await send(rig.port, { host, path: `/${i}` })).headers.get('x-word')?.[0];
}

async function liveRoutes(word: string): Promise<number> {
  const words = await Promise.all(Array.from({ length: routes }, (_, i) => said(i)));
  return words.filter((found) => found === word).length;
}
