import { command, type Input } from '../command.ts';
import { argument, bad, good, quoted, textFlag, toggle } from '../inputs.ts';
import { isGatewayName } from '../names.ts';

const gateway: Input<string> = {
  as: 'flag',
  value: 'NS/NAME',
  help: 'name of the Gateway that is made',
  byDefault: 'default/ingress',
  read: ([text = 'default/ingress']) =>
    isGatewayName(text) ? good(text) : bad(`must be NAMESPACE/NAME (got ${quoted(text)})`),
};

export const importCommand = command({
  name: 'import',
  summary: 'print Gateway API manifests for Ingresses',
  details: `Reads Ingresses of ingress-nginx from a manifest or a folder, and prints a Gateway, HTTPRoutes and policies that do the same.
Each field and annotation that cannot be carried over is a line on standard error, with file, line and field. Where it may
restrict requests, its rules have no backend and answer 500. Services among the manifests tell the numbers of named ports.
The exit code is 2 when a file cannot be read; with --strict it is 1 when anything is named.`,
  inputs: {
    path: argument('PATH', 'a manifest, or a folder of manifests', { completes: 'path' }),
    gateway,
    class: textFlag('NAME', 'sluice', 'GatewayClass of the Gateway'),
    strict: toggle('exit with 1 when anything cannot be carried over'),
  },
  run: async (options, { terminal }) => (await import('../import.ts')).importManifests(options, terminal),
});
