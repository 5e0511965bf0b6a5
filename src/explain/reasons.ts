import { conditionText, lagOf, wrongConditions } from './conditions.ts';
import type { InForce, ObjectInForce } from './in-force.ts';

export interface Parties {
  /** `namespace/name`; undefined: its own state is no reason. */
  readonly gateway: string | undefined;
  readonly route: string | undefined;
  readonly policies: readonly string[];
}

/** Says what is wrong with the objects behind an answer, and which of them are newer than what is in force. */
export async function reasonsFor(inForce: InForce, { gateway, route, policies }: Parties): Promise<string[]> {
  const names = [
    ...(route === undefined ? [] : [route]),
    ...policies,
    ...(gateway === undefined ? [] : [`Gateway/${gateway}`]),
  ];
  return (await inForce.objects(names)).flatMap(reasonsOf);
}

export function reasonsOf(object: ObjectInForce): string[] {
  const name = objectName(object);
  const lag = lagOf(object);
  return [
    ...wrongConditions(object).map((condition) => `${name}: ${conditionText(condition)}`),
    ...(lag === undefined ? [] : [`${name}: ${lag}`]),
  ];
}

export function objectName({
  kind,
  namespace,
  name,
}: Pick<ObjectInForce, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`;
}
