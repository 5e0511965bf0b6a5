import { envoyGatewayProgram } from '../../rig/peers/envoy-gateway-program.ts';
import { buildGoProgram } from '../../rig/peers/go-program.ts';
import type { Story, StoryOption } from './story.ts';

/** Options of a story that Envoy Gateway can play as well. */
export const besidePeerOptions: readonly StoryOption[] = [
  {
    name: 'control-plane',
    default: 'sluice',
    values: ['sluice', 'envoy-gateway'],
    meaning: 'what serves the Gateway; the other one is built once',
  },
  {
    name: 'times',
    default: 'held',
    values: ['held', 'shown'],
    meaning: 'whether goals on time must hold, which wants a quiet machine',
  },
];

/** Builds Envoy Gateway when it is what serves. */
export const preparePeer: NonNullable<Story['prepare']> = async (options) => {
  if (options.text('control-plane') === 'envoy-gateway')
    await buildGoProgram(envoyGatewayProgram, (line) => process.stderr.write(`${line}\n`));
};
