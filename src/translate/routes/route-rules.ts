import type { RowTypes } from '../../kinds/kinds.ts';
import { isBytesRouteKind, type RouteKind } from '../../kinds/route-kind.ts';
import type { Reader } from '../reader.ts';
import { judgeBytesRules } from './bytes/rules.ts';
import { rulesOfKind } from './http/rules-by-kind.ts';
import type { RouteProblem } from './problem.ts';

/** A rule as the status of its route sees it. */
export interface RuleVerdict {
  /** Undefined: dropped, because some value in it is not supported. */
  readonly rule: object | undefined;
  readonly problems: readonly RouteProblem[];
}

/** `row` is of the kind. */
export function judgeRules(
  reader: Reader,
  kind: RouteKind,
  namespace: string,
  row: RowTypes[RouteKind],
): readonly RuleVerdict[] {
  if (isBytesRouteKind(kind)) return judgeBytesRules(reader, kind, namespace, row.spec.rules);
  return rulesOfKind(reader, kind, namespace, row as RowTypes[typeof kind]);
}
