import { command } from '../command.ts';
import { bad, good, optionalArgument, toggle } from '../inputs.ts';

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
    admin: {
      as: 'flag',
      value: 'URL',
      help: 'the admin server of Sluice',
      byDefault: 'http://127.0.0.1:19000',
      read([text = 'http://127.0.0.1:19000']) {
        const url = adminUrl(text);
        return url === undefined ? bad('must be an http:// URL, such as http://127.0.0.1:19000') : good(url);
      },
    },
    json: toggle('print the JSON of /debug/proxies'),
  },
  run: async (options, { terminal, signal }) =>
    (await import('../list-proxies.ts')).listProxies(options, terminal, signal),
});

/** The admin server has no TLS, and its paths start at the root. */
function adminUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  return isPlain && url.username === '' && url.password === '' ? url : undefined;
}
