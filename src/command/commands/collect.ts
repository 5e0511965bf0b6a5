import { command } from '../command.ts';
import { flag } from '../inputs.ts';
import { placeInputs, placeText } from '../place.ts';

export const collect = command({
  name: 'collect',
  summary: 'write what a maintainer needs to find a fault into one file, without secrets',
  details: `Writes a .tar.gz file that its owner alone can read. Of each replica: its config, readiness, metrics, statuses, proxies with
what each lacks, problems, and names and versions of what proxies were sent. Of all that is wrong, up to 100 objects: an
explanation. Of a cluster, by your own rights: the objects that Sluice follows, and the last 2000 log lines of each pod and
the events of the namespace of Sluice (get on pods/log, list on events). What cannot be read is named in collected.json.
Never in it: data of Secrets and ConfigMaps, values of environment variables and of headers that a route or a policy sets,
scripts, and annotations.
The exit code is 0 when the file is written, 2 when no replica answers or the file cannot be written.
${placeText}`,
  inputs: {
    output: flag('FILE', 'the file, which must not exist (default sluice-TIME.tar.gz)', {
      short: 'o',
      completes: 'path',
    }),
    ...placeInputs,
  },
  run: async (options, surroundings) => (await import('../collect.ts')).collect(options, surroundings),
});
