import { command } from '../command.ts';
import { optionalArgument, toggle } from '../inputs.ts';
import { outputInput, placeInputs, placeText } from '../place.ts';

export const proxies = command({
  name: 'proxies',
  summary: 'show which proxies are connected, and what each of them lacks, since when and why',
  details: `Prints a line for each connected proxy and how far it is with clusters (CDS), endpoints (EDS), listeners (LDS), routes
(RDS), virtual hosts (VHDS) and secrets (SDS):
  synced         it has acknowledged the newest version of everything
  behind 3 (5s)  3 of its resources are not the newest, one of them for 5 seconds
  refused 1      1 resource is kept from it, because it or another proxy of its Gateway rejected it
  -              it has not asked for any
  no config      its Gateway has nothing to serve, or the first translation is not complete
With PROXY, the node id of a proxy, prints what that proxy lacks and why, and every resource that it has with its version.
${placeText}`,
  inputs: {
    proxy: optionalArgument('PROXY', 'the node id of one proxy'),
    wrong: toggle('only the proxies that lack something, and what'),
    ...outputInput,
    ...placeInputs,
  },
  run: async (options, surroundings) =>
    (await import('../list-proxies.ts')).listProxies(options, surroundings),
});
