import type { LocalLimitRule } from '../../../kinds/envoy-gateway/backend-traffic-limits.ts';
import type { TrafficSpec } from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import type { Problem } from '../../../kinds/row.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import { hasOwnBuckets, isCommon, unitSeconds } from './local-limits.ts';

/** Lists rules that Envoy would reject, and with them all routes of the host. */
export function limitProblems(namespace: string, { rateLimit }: TrafficSpec): Problem[] {
  const rules = rateLimit?.local.rules ?? [];
  const common = hasOwnBuckets(rules) ? rules.find(isCommon)?.limit.unit : undefined;
  return rules.flatMap((rule, i) => {
    const path = `spec.rateLimit.local.rules[${i}]`;
    const isMultiple = common === undefined || unitSeconds[rule.limit.unit] % unitSeconds[common] === 0;
    const message = `must be a multiple of the unit of the rule without clientSelectors, ${common}`;
    return [
      ...(isMultiple ? [] : [{ path: `${path}.limit.unit`, message }]),
      ...rule.clientSelectors.flatMap((selector, j) =>
        expressions(selector).flatMap((pattern): Problem[] => {
          const problem = regexProblem(pattern, namespace);
          return problem === undefined
            ? []
            : [{ path: `${path}.clientSelectors[${j}]`, message: `${pattern} ${problem}` }];
        }),
      ),
    ];
  });
}

function expressions({ headers, path, queryParams }: LocalLimitRule['clientSelectors'][number]): string[] {
  return [...headers, ...queryParams, ...(path === undefined ? [] : [path])].flatMap(({ type, value }) =>
    type === 'RegularExpression' && value !== undefined ? [value] : [],
  );
}
