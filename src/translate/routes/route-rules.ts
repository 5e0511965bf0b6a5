import type { RowTypes } from '../../kinds/kinds.ts';
import type { RouteKind } from '../../kinds/route-kind.ts';
import type { Reader } from '../reader.ts';
import { rulesOfKind } from './http/rules-by-kind.ts';
import type { RouteProblem } from './problem.ts';

/** A rule as the status of its route sees it. */
export interface RuleVerdict {
  /** Undefined: dropped, because some value in it is not supported. */
  readonly rule: object | undefined;
  readonly problems: readonly RouteProblem[];
}

export function judgeRules<K extends RouteKind>(
  reader: Reader,
  kind: K,
  namespace: string,
  row: RowTypes[K],
): readonly RuleVerdict[] {
  return rulesOfKind(reader, kind, namespace, row);
}
