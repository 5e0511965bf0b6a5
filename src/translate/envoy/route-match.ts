import type {
  CookieMatcher,
  HeaderMatcher,
  QueryParameterMatcher,
  RouteMatch,
} from '../../../proto/gen/envoy/config/route/v3/route_match.ts';
import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { PathMatchIR, RouteMatchIR, ValueMatchIR } from '../ir.ts';
import { millionths } from './fraction.ts';

/** `isConnect`: takes CONNECT requests alone, which have no path. */
export function routeMatch(
  match: RouteMatchIR,
  cumulativeFraction: number | undefined,
  isConnect: boolean,
): RouteMatch {
  const headers: HeaderMatcher[] = match.headers.map((header) => ({
    name: header.name,
    headerMatchSpecifier: { $case: 'stringMatch', value: stringMatcher(header) },
  }));
  if (match.method !== undefined) {
    const exact = { matchPattern: { $case: 'exact', value: match.method } } as const;
    headers.unshift({ name: ':method', headerMatchSpecifier: { $case: 'stringMatch', value: exact } });
  }
  const queryParameters = match.queryParams.map((param): QueryParameterMatcher => ({
    name: param.name,
    queryParameterMatchSpecifier: { $case: 'stringMatch', value: stringMatcher(param) },
  }));
  const cookies = match.cookies?.map((cookie): CookieMatcher => ({
    name: cookie.name,
    stringMatch: stringMatcher(cookie),
  }));
  return {
    pathSpecifier: isConnect ? { $case: 'connectMatcher', value: {} } : pathSpecifier(match.path),
    ...(headers.length > 0 ? { headers } : {}),
    ...(queryParameters.length > 0 ? { queryParameters } : {}),
    ...(cookies === undefined ? {} : { cookies }),
    ...(cumulativeFraction === undefined ? {} : { runtimeFraction: millionths(cumulativeFraction) }),
  };
}

function pathSpecifier({ kind, value }: PathMatchIR): NonNullable<RouteMatch['pathSpecifier']> {
  switch (kind) {
    case 'Exact':
      return { $case: 'path', value };
    case 'RegularExpression':
      return { $case: 'safeRegex', value: { regex: value } };
    case 'PathPrefix':
      // `/` separates nothing, and Envoy rejects it as a separated prefix.
      return value === '/' ? { $case: 'prefix', value } : { $case: 'pathSeparatedPrefix', value };
  }
}

function stringMatcher({ kind, value }: ValueMatchIR): StringMatcher {
  return {
    matchPattern:
      kind === 'Exact' ? { $case: 'exact', value } : { $case: 'safeRegex', value: { regex: value } },
  };
}
