import { z } from 'zod';
import { visibleText } from '../shape/shape.ts';

/**
 * Flags by which a proxy would not be the Gateway's: with other config, as another node, or not as a server.
 * https://www.envoyproxy.io/docs/envoy/latest/operations/cli
 */
const refused: ReadonlySet<string> = new Set([
  '--config-path',
  '--config-yaml',
  '--help',
  '--hot-restart-version',
  '--mode',
  '--restart-epoch',
  '--service-cluster',
  '--service-node',
  '--version',
]);

/** Short forms, whose values may follow without a space. */
const refusedShort = /^-[ch]/;

export const extraArgs = z
  .array(visibleText(1024).refine(isAllowed, 'is a flag that the proxy needs as Sluice sets it'))
  .max(64);

function isAllowed(argument: string): boolean {
  const [flag = ''] = argument.split('=', 1);
  return !refused.has(flag) && !refusedShort.test(argument);
}
