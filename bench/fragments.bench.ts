import type { RouteFragment } from '../src/batch/outcome.ts';
import type { ResourceKey } from '../src/lib/key.ts';
import { VirtualHosts } from '../src/publish/virtual-hosts.ts';
import { virtualHostName } from '../src/units/virtual-host-name.ts';
import type { Suite } from './micro.ts';

const fragment = (i: number, revision: number, domain: string): RouteFragment => {
  const owner = `HTTPRoute/bench/route-${i}` as ResourceKey;
  const bytes = Buffer.alloc(200, `${i} ${revision} `);
  return {
    routeConfiguration: 'bench/gateway/8080:*',
    domain,
    owner,
    version: `${i}-${revision}`,
    madeOf: [owner],
    entries: [{ order: `${i % 10} 2026 bench/route-${i} HTTPRoute 0`, rule: '', bytes }],
  };
};

const shapes = [
  { name: 'of 100 hosts', routes: 100, domain: (i: number) => `host-${i}.example.com` },
  { name: 'of 1,000 hosts', routes: 1000, domain: (i: number) => `host-${i}.example.com` },
  { name: 'of 10,000 hosts', routes: 10_000, domain: (i: number) => `host-${i}.example.com` },
  { name: 'of 3,000 on one host', routes: 3000, domain: () => 'api.example.com' },
];

let revision = 0;

export const fragmentsSuite: Suite = {
  title: 'fragments: one route changes, its VirtualHost is put together',
  cases: shapes.map(({ name, routes, domain }) => {
    const hosts = new VirtualHosts(() => {});
    for (let i = 0; i < routes; i++) hosts.put(fragment(i, 0, domain(i)));
    return {
      name,
      run: () => {
        const i = revision++ % routes;
        hosts.put(fragment(i, revision, domain(i)));
        void hosts.all.get(virtualHostName('bench/gateway/8080:*', domain(i)))?.resource;
      },
    };
  }),
};
