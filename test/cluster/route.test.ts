import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { TestNamespace } from './test-namespace.ts';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('route');
  await ns.apply(gateway(), service('one'), echoPods('one'), service('two'), echoPods('two'));
});
afterAll(() => ns.close());

test('a route is served when it is there, as it is, and no longer than it is there', async () => {
  expect((await ns.answers('a.test', 404)).status).toBe(404);
  await ns.apply(httpRoute('a', 'a.test', [toService('one')]));
  await converge(async () => (await podOf('a.test')).startsWith('one-'));
  await ns.apply(httpRoute('a', 'a.test', [toService('two')]));
  await converge(async () => (await podOf('a.test')).startsWith('two-'));
  await ns.delete(httpRoute('a', 'a.test', []));
  await ns.answers('a.test', 404);
});

test('what is wrong with a route stands in its status, and the rest of it is served', async () => {
  const [route] = await ns.apply(
    httpRoute('b', 'b.test', [
      { matches: [{ path: { type: 'PathPrefix', value: '/none' } }], ...toService('none') },
      toService('one'),
    ]),
  );
  await ns.answers('b.test', 200);
  const condition = await converge(async () => {
    const found = conditionOf(await ns.get(httpRoute('b', 'b.test', [])), 'ResolvedRefs');
    return found?.status === 'False' && found;
  });
  expect(condition).toMatchObject({
    reason: 'BackendNotFound',
    observedGeneration: route?.metadata.generation,
  });
  await ns.answers('b.test', 500, { path: '/none' });
  await ns.apply(service('none', {}, 'two'));
  await ns.answers('b.test', 200, { path: '/none' });
  await converge(
    async () => conditionOf(await ns.get(httpRoute('b', 'b.test', [])), 'ResolvedRefs')?.status === 'True',
  );
});

async function podOf(host: string): Promise<string> {
  return (JSON.parse((await ns.answers(host, 200)).body) as { pod: string }).pod;
}
