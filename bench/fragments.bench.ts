import type { VirtualHostFragment } from '../src/batch/outcome.ts';
import { RouteTable } from '../src/publish/route-table.ts';
import type { Suite } from './micro.ts';

const bytes = Buffer.alloc(120, 'x');
const fragment = (i: number, revision: number): VirtualHostFragment => ({
  routeConfiguration: 'bench/gateway/8080',
  domain: `host-${i}.example.com`,
  version: `${i}-${revision}`,
  bytes,
});
const tableOf = (hosts: number): RouteTable => {
  const table = new RouteTable();
  table.setHeader({
    typeUrl: 'route',
    name: 'bench/gateway/8080',
    version: 'h',
    bytes: Buffer.alloc(20),
    madeOf: [],
    names: [],
  });
  for (let i = 0; i < hosts; i++) table.put(fragment(i, 0));
  return table;
};
let revision = 0;

export const fragmentsSuite: Suite = {
  title: 'fragments: one virtual host changes, the RouteConfiguration is put together',
  cases: [100, 1000, 10_000].map((hosts) => {
    const table = tableOf(hosts);
    return {
      name: `of ${hosts} hosts`,
      run: () => {
        table.put(fragment(revision++ % hosts, revision));
        void table.resource;
      },
    };
  }),
};
