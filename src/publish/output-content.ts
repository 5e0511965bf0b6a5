import type { UnitOutput } from '../batch/outcome.ts';
import { isTypeUrl, rulesOf } from './type-table.ts';

/**
 * Returns the output with resources of `before` that stay published: without them a new user would wait for them to warm,
 * and present users would take an empty one.
 */
export function withKept(
  output: UnitOutput | undefined,
  before: UnitOutput | undefined,
): UnitOutput | undefined {
  if (output === undefined || before === undefined) return output;
  const kept = before.resources.filter(
    ({ typeUrl: type, name }) =>
      isTypeUrl(type) &&
      rulesOf(type).staysPublished === true &&
      !output.resources.some((other) => other.typeUrl === type && other.name === name),
  );
  return kept.length === 0 ? output : { ...output, resources: [...output.resources, ...kept] };
}

export function hasContent(output: UnitOutput | undefined): boolean {
  return output !== undefined && output.resources.length + output.fragments.length + output.refs.length > 0;
}
