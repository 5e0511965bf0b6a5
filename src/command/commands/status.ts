import { command } from '../command.ts';
import { optionalArgument, toggle } from '../inputs.ts';
import { outputInput, placeInputs, placeText } from '../place.ts';

export const status = command({
  name: 'status',
  summary: 'show which Gateways, routes and policies are in force, and what is wrong with the others',
  details: `Prints a line for each object that Sluice reports on: ok, wrong or waiting, and for each thing that is wrong with it the
field, the reason, and what requests get. Objects that cannot be read are shown too.
OBJECT is KIND, KIND/NAMESPACE/NAME or NAMESPACE/NAME, such as httproute/shop/cart.
The statuses are those that the objects should have: the API server may not have them yet.
${placeText}`,
  inputs: {
    object: optionalArgument('OBJECT', 'only objects of this kind, or of this name'),
    wrong: toggle('only what is not as wanted'),
    ...outputInput,
    ...placeInputs,
  },
  run: async (options, surroundings) => (await import('../show-status.ts')).showStatus(options, surroundings),
});
