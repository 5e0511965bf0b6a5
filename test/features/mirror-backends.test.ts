import { expect, test } from 'vitest';
import * as m from '../fakes/manifests.ts';
import { Pipeline } from '../fakes/pipeline.ts';

// The second of the five failures: https://github.com/envoyproxy/gateway/issues/5495 and, for mirrors on a backendRef,
// what its fix left open.

const mirrorTo = (name: string) => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: m.backend(name) },
});
const places: readonly [string, (mirror: object) => object][] = [
  ['a rule', (mirror) => ({ backendRefs: [m.backend()], filters: [mirror] })],
  ['a backendRef', (mirror) => ({ backendRefs: [m.backend('app', { filters: [mirror] })] })],
];
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.service('shadow'),
];
const pods = (addresses: readonly string[]) =>
  m.endpointSlice(addresses, { name: 'shadow', service: 'shadow' });

test.each(places)(
  'pods behind a mirror on %s come, move and go like those of any backend',
  async (_, rule) => {
    const pipeline = await Pipeline.started([
      ...base,
      pods(['10.0.1.1']),
      m.httpRoute([rule(mirrorTo('shadow'))]),
    ]);
    const client = await pipeline.connected();
    for (const addresses of [['10.0.1.2'], ['10.0.1.2', '10.0.1.3'], []]) {
      pipeline.apply(pods(addresses));
      await pipeline.settle();
      expect(client.take()).toEqual(['EDS default/shadow/80/http1']);
      expect(
        JSON.stringify(client.json('EDS', 'default/shadow/80/http1')).match(/10\.0\.1\.\d/g) ?? [],
      ).toEqual(addresses);
    }
  },
);

test.each(places)('a Service that a mirror on %s names may come after its route', async (_, rule) => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([rule(mirrorTo('late'))])]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
  const client = await pipeline.connected();
  pipeline.apply(m.service('late'), m.endpointSlice(['10.0.2.1'], { name: 'late', service: 'late' }));
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/late/80/http1',
    'EDS default/late/80/http1',
    'RDS default/web/80',
  ]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
});
