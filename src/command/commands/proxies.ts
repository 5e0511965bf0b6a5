import { adminFlag } from '../admin-flag.ts';
import { command } from '../command.ts';
import { optionalArgument, toggle } from '../inputs.ts';

export const proxies = command({
  name: 'proxies',
  summary: 'show the connected proxies and how far each of them is',
  details: `Asks the admin server of a running Sluice, and prints a line for each proxy and how far it is with clusters (CDS),
endpoints (EDS), listeners (LDS), routes (RDS) and secrets (SDS):
  synced         it has acknowledged the newest version of everything
  behind 3 (5s)  3 of its resources are not the newest, one of them for 5 seconds
  refused 1      1 resource is kept from it, because it or another proxy of its Gateway rejected it
  -              it has not asked for any
  no config      its Gateway has nothing to serve, or the first translation is not complete
With PROXY, the node id of a proxy, prints what that proxy lacks and why, and every resource that it has with its version.
Each replica knows only the proxies that are connected to it. In a cluster, ask each pod:
  kubectl -n sluice-system exec POD -- node src/main.ts proxies
where deployment/sluice for POD is one of them. When the admin server does not answer the exit code is 2.`,
  inputs: {
    proxy: optionalArgument('PROXY', 'the node id of one proxy'),
    admin: adminFlag,
    json: toggle('print the JSON of /debug/proxies'),
  },
  run: async (options, { terminal, signal }) =>
    (await import('../list-proxies.ts')).listProxies(options, terminal, signal),
});
