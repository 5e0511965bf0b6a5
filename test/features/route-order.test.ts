import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const rule = (path: string) => ({ matches: [m.prefix(path)], backendRefs: [m.backend()] });
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } }),
  m.service(),
  m.httpRoute([rule('/'), rule('/long'), rule('/longer')], { name: 'older', hostnames: ['a.test'] }),
  m.httpRoute([rule('/longest/of/all')], { name: 'younger', hostnames: ['a.test'] }),
];

test('preserveRouteOrder keeps rules as they are written, those of an older route first', async () => {
  const pipeline = await Pipeline.started([...base, m.envoyProxy({})]);
  const client = await pipeline.connected();
  expect(paths(client.routes('default/web/80:*'))).toEqual(['/longest/of/all', '/longer', '/long', '/']);
  client.take();
  pipeline.apply(m.envoyProxy({ preserveRouteOrder: true }));
  await pipeline.settle();
  expect(paths(client.routes('default/web/80:*'))).toEqual(['/', '/long', '/longer', '/longest/of/all']);
  expect(client.take()).toEqual(['VHDS default/web/80:*/a.test']);
  pipeline.apply(m.envoyProxy({ preserveRouteOrder: false }));
  await pipeline.settle();
  expect(paths(client.routes('default/web/80:*'))).toEqual(['/longest/of/all', '/longer', '/long', '/']);
});

/** Prefixes of the routes of `a.test`, in their order. */
function paths(table: unknown): (string | undefined)[] {
  const { virtualHosts } = table as {
    readonly virtualHosts: readonly {
      readonly domains: readonly string[];
      readonly routes: readonly {
        readonly match: { readonly prefix?: string; readonly pathSeparatedPrefix?: string };
      }[];
    }[];
  };
  const host = virtualHosts.find(({ domains }) => domains.includes('a.test'));
  return (host?.routes ?? []).map(({ match }) => match.pathSeparatedPrefix ?? match.prefix);
}
