import { command } from '../command.ts';
import { argument, choiceFlag, flag, toggle } from '../inputs.ts';
import { placeInputs, placeText } from '../place.ts';

export const diff = command({
  name: 'diff',
  summary: 'say what manifests would change for proxies and in statuses, without applying them',
  details: `Puts the objects of PATH over those that there are, as kubectl apply does, translates both, offline, and prints the Envoy
resources that are added (+), removed (-) and changed (~) at each Gateway with the fields that differ, how many bytes go to
how many proxies, which listeners drain connections, and the statuses that differ. Nothing is applied. Secrets are not
shown: where only they differ, the resource is named.
The objects that there are come from --files, or are those that a running Sluice follows, translated as its config says: of
its folder, or of the cluster of your kubeconfig, read by your own rights (list on every kind that Sluice follows). An object
of PATH replaces the one of its name and keeps its age, as with kubectl replace. A kind that you may not list is named: what
depends on it is not compared, and no difference is then no answer. Modules of WASM plugins and discovery documents are
fetched by neither side.
The exit code is 0 when nothing changes, 1 when something does, 2 when it cannot tell.
${placeText}`,
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
