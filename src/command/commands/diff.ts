import { command } from '../command.ts';
import { argument, choiceFlag, flag, toggle } from '../inputs.ts';
import { placeInputs } from '../place.ts';

export const diff = command({
  name: 'diff',
  summary: 'say what manifests would change for proxies and in statuses, without applying them',
  details: `Puts the objects of PATH over those that there are, as kubectl apply does, translates both, offline, and prints the Envoy
resources that are added (+), removed (-) and changed (~) at each Gateway with the fields that differ, how many bytes go to
how many proxies, which listeners drain connections, and the statuses that differ. Nothing is applied. Secrets are not
shown: where only they differ, the resource is named.
The objects that there are come from --files, or from the folder that a running Sluice follows (default http://127.0.0.1:19000). Of a cluster,
write them to a file first:
  kubectl get gatewayclasses,gateways,httproutes,services,endpointslices,secrets -A -o yaml > all.yaml
  sluice diff new.yaml --files all.yaml
The exit code is 0 when nothing changes, 1 when something does, 2 when it cannot tell.`,
  inputs: {
    path: argument('PATH', 'a manifest, or a folder of manifests', { completes: 'path' }),
    files: flag(
      'BASE',
      'a manifest or a folder with the objects that there are, instead of a running Sluice',
      {
        completes: 'path',
      },
    ),
    whole: toggle('PATH has all objects: those that it lacks are deleted'),
    output: choiceFlag(['text', 'json'], 'text', 'form of the output', { short: 'o' }),
    ...placeInputs,
  },
  run: async (options, surroundings) => (await import('../diff.ts')).diff(options, surroundings),
});
