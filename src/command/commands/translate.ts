import type { ResourceList } from '../../run/translate-offline.ts';
import { command, type Input } from '../command.ts';
import { argument, bad, choiceFlag, good, quoted, toggle } from '../inputs.ts';
import { isGatewayName } from '../names.ts';

const lists = Object.keys({
  clusters: true,
  endpoints: true,
  extensions: true,
  listeners: true,
  routes: true,
  scopes: true,
  secrets: true,
  virtualHosts: true,
} satisfies Record<ResourceList, true>) as ResourceList[];

const gateway: Input<string | undefined> = {
  as: 'flag',
  value: 'NS/NAME',
  help: 'print the resources of this Gateway alone',
  read: ([text]) =>
    text === undefined || isGatewayName(text)
      ? good(text)
      : bad(`must be NAMESPACE/NAME (got ${quoted(text)})`),
};

export const translate = command({
  name: 'translate',
  summary: 'print the Envoy resources and statuses of manifests, offline',
  details: `Reads a manifest or a folder of manifests, offline, and prints the Envoy resources of each Gateway in canonical
protobuf JSON, and the status of each object. Private keys are replaced by "[redacted]". With --type, statuses are left out.
What is wrong or has no effect is a line each on standard error, with file, line and field, and a summary; the rest is
still printed. The exit code is 2 when a part cannot be read; with --strict it is 1 when anything is named.`,
  inputs: {
    path: argument('PATH', 'a manifest, or a folder of manifests; - reads standard input', {
      completes: 'path',
    }),
    format: choiceFlag(['json', 'yaml'], 'json', 'form of the output'),
    gateway,
    type: choiceFlag(['all', ...lists], 'all', 'print resources of this type alone'),
    strict: toggle('exit with 1 when anything is wrong, has no effect, or is unknown'),
  },
  run: async (options, { terminal }) => (await import('../translate.ts')).translate(options, terminal),
});
