import type { UnitOutput } from '../batch/outcome.ts';
import { isTypeUrl, rulesOf, typeUrl } from './type-table.ts';

/**
 * Returns the output with resources of `before` that leave a client together with their user. Without them a new user
 * would wait for them to warm, and present users would take an empty one. Scopes do not warm: they go with their table.
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
      type !== typeUrl.scope &&
      !output.resources.some((other) => other.typeUrl === type && other.name === name),
  );
  return kept.length === 0 ? output : { ...output, resources: [...output.resources, ...kept] };
}

export function hasContent(output: UnitOutput | undefined): boolean {
  return output !== undefined && output.resources.length + output.fragments.length + output.refs.length > 0;
}
