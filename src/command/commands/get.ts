import { command } from '../command.ts';
import { choice, flag, optionalArgument } from '../inputs.ts';
import { outputInput, placeInputs, placeText } from '../place.ts';

export const get = command({
  name: 'get',
  summary: 'show what the proxies were sent, and which of them lack it',
  details: `Prints a line for each resource with its version, and how many of the connected proxies of its Gateway lack that version.
routes are RouteConfigurations with their virtual hosts. With NAME, or another output than a table, resources are decoded
to protobuf JSON, without keys. Of secrets only certificates are shown, by their names and the time until which they are
valid: never a key, a password or another secret.
${placeText}`,
  inputs: {
    type: choice(['listeners', 'routes', 'clusters', 'endpoints', 'secrets'], 'the type of the resources'),
    name: optionalArgument('NAME', 'the name of one resource, as the table has it'),
    gateway: flag('NS/NAME', 'only resources of this Gateway'),
    ...outputInput,
    ...placeInputs,
  },
  run: async (options, surroundings) =>
    (await import('../get-resources.ts')).getResources(options, surroundings),
});
