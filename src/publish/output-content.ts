import type { UnitOutput } from '../batch/outcome.ts';
import { isTypeUrl, rulesOf } from './type-table.ts';

/**
 * The output, with what leaves a client together with its user: that stays for as long as something refers to its unit: another user, which comes
 * meanwhile, is not warm before it is sent behind it, and an empty one would be taken by the users that there are.
 */
export function withKept(
  output: UnitOutput | undefined,
  before: UnitOutput | undefined,
): UnitOutput | undefined {
  if (output === undefined || before === undefined) return output;
  const kept = before.resources.filter(
    ({ typeUrl: type, name }) =>
      isTypeUrl(type) &&
      rulesOf(type).removal === 'with-user' &&
      !output.resources.some((other) => other.typeUrl === type && other.name === name),
  );
  return kept.length === 0 ? output : { ...output, resources: [...output.resources, ...kept] };
}

export function hasContent(output: UnitOutput | undefined): boolean {
  return output !== undefined && output.resources.length + output.fragments.length + output.refs.length > 0;
}
