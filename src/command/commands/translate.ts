import { command } from '../command.ts';
import { argument, choiceFlag } from '../inputs.ts';

export const translate = command({
  name: 'translate',
  summary: 'print the Envoy resources and statuses of manifests, offline',
  details: `Reads a manifest or a folder of manifests, offline, and prints the Envoy resources of each Gateway in canonical
protobuf JSON, and the status of each object. Private keys are replaced by "[redacted]".
Each problem is one line on standard error; the rest is still printed. An error makes the exit code 2, a warning does not.`,
  inputs: {
    path: argument('PATH', 'a manifest, or a folder of manifests', { completes: 'path' }),
    format: choiceFlag(['json', 'yaml'], 'json', 'form of the output'),
  },
  run: async ({ path, format }, { terminal }) =>
    (await import('../translate.ts')).translate(path, format, terminal),
});
