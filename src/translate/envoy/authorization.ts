import { withoutTrailing } from '../../lib/without-trailing.ts';
import { Action, RBAC_Action } from '../../../proto/gen/envoy/config/rbac/v3/rbac.ts';
import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Config as FilterState } from '../../../proto/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state.ts';
import { RBACPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/rbac/v3/rbac.ts';
import { DynamicMetadataInput } from '../../../proto/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.ts';
import { Metadata } from '../../../proto/gen/envoy/extensions/matching/input_matchers/metadata/v3/metadata.ts';
import { HttpRequestHeaderMatchInput } from '../../../proto/gen/envoy/type/matcher/v3/http_inputs.ts';
import type { ValueMatcher } from '../../../proto/gen/envoy/type/matcher/v3/value.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { TypedExtensionConfig as MatchExtension } from '../../../proto/gen/xds/core/v3/extension.ts';
import type {
  Matcher_MatcherList_Predicate as Predicate,
  Matcher_OnMatch,
} from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import type { StringMatcher } from '../../../proto/gen/xds/type/matcher/v3/string.ts';
import type { AuthorizationIR } from '../security-ir.ts';
import { addressIn } from './address-in.ts';
import { any } from './any.ts';
import { claimsFilter, scopeClaims } from './jwt.ts';
import { stateInput, stateValue } from './match-tree.ts';

type RuleIR = AuthorizationIR['rules'][number];
type PrincipalIR = NonNullable<RuleIR['principal']>;
type TokenIR = NonNullable<PrincipalIR['jwt']>;

/** Returns the config by which a route allows and denies requests: the first rule that matches decides. */
export function authorizationConfig({ rules, rest }: AuthorizationIR): Any {
  const matchers = rules.map((rule, i) => ({
    predicate: allOf(conditionsOf(rule, i)),
    onMatch: acting(rule.name ?? `rule-${i}`, rule.action),
  }));
  return any(RBACPerRoute, {
    rbac: {
      matcher: {
        // Envoy rejects an empty list.
        ...(matchers.length === 0
          ? {}
          : { matcherType: { $case: 'matcherList', value: { matchers } } as const }),
        onNoMatch: acting('default', rest),
      },
    },
  });
}

function acting(name: string, action: RuleIR['action']): Matcher_OnMatch {
  const config = { name, action: action === 'Allow' ? RBAC_Action.ALLOW : RBAC_Action.DENY };
  return { onMatch: { $case: 'action', value: { name, typedConfig: any(Action, config) } } };
}

/** Returns conditions that must all hold. The schema has made sure that there is one. */
function conditionsOf({ operation, principal, cel }: RuleIR, index: number): Predicate[] {
  const { clientCIDRs, headers = [], jwt } = principal ?? {};
  const { methods, path } = operation ?? {};
  return [
    ...(methods === undefined ? [] : [anyOf(methods.map((method) => header(':method', exact(method))))]),
    ...(path === undefined ? [] : [pathCondition(path)]),
    ...(clientCIDRs === undefined ? [] : [addressIn(clientCIDRs, 'authorization')]),
    ...(jwt === undefined ? [] : tokenConditions(jwt)),
    ...headers.map(({ name, values }) =>
      anyOf(values.map((value) => header(name.toLowerCase(), exact(value)))),
    ),
    ...(cel === undefined ? [] : [isTrue(index)]),
  ];
}

function tokenConditions({ provider, claims = [], scopes = [] }: TokenIR): Predicate[] {
  return [
    ...scopes.map((scope) =>
      anyOf(scopeClaims.map((claim) => custom(claimInput(provider, [claim]), valueOf(inList(text(scope)))))),
    ),
    ...claims.map(({ name, valueType, values }) =>
      anyOf(
        values.map((value) =>
          custom(
            claimInput(provider, name.split('.')),
            valueOf(valueType === 'StringArray' ? inList(text(value)) : text(value)),
          ),
        ),
      ),
    ),
  ];
}

function claimInput(provider: string, names: readonly string[]): MatchExtension {
  const path = [provider, ...names].map((key) => ({ segment: { $case: 'key', value: key } as const }));
  return { name: 'claim', typedConfig: any(DynamicMetadataInput, { filter: claimsFilter, path }) };
}

function text(value: string): ValueMatcher {
  return {
    matchPattern: { $case: 'stringMatch', value: { matchPattern: { $case: 'exact', value } } },
  };
}

function inList(item: ValueMatcher): ValueMatcher {
  return {
    matchPattern: { $case: 'listMatch', value: { matchPattern: { $case: 'oneOf', value: item } } },
  };
}

function valueOf(value: ValueMatcher): Any {
  return any(Metadata, { value });
}

/** The header has the query too, which does not count. */
function pathCondition({
  type,
  value,
  invert,
}: NonNullable<NonNullable<RuleIR['operation']>['path']>): Predicate {
  const query = String.raw`(?:\?.*)?`;
  const plain = escaped(type === 'PathPrefix' ? withoutTrailing(value, '/') : value);
  const regex = {
    Exact: `${plain}${query}`,
    PathPrefix: `${plain}(?:/.*)?${query}`,
    RegularExpression: `(?:${value})${query}`,
  }[type];
  const condition = header(':path', {
    matchPattern: { $case: 'safeRegex', value: { regex, engineType: { $case: 'googleRe2', value: {} } } },
  });
  return invert ? { matchType: { $case: 'notMatcher', value: condition } } : condition;
}

function escaped(plain: string): string {
  return plain.replace(/[\\^$.|?+*()[\]{}]/g, String.raw`\$&`);
}

function exact(value: string): StringMatcher {
  return { matchPattern: { $case: 'exact', value } };
}

function header(headerName: string, valueMatch: StringMatcher): Predicate {
  const input = { name: headerName, typedConfig: any(HttpRequestHeaderMatchInput, { headerName }) };
  const value = { input, matcher: { $case: 'valueMatch', value: valueMatch } } as const;
  return { matchType: { $case: 'singlePredicate', value } };
}

function custom(input: MatchExtension, typedConfig: Any): Predicate {
  const matcher = { $case: 'customMatch', value: { name: 'match', typedConfig } } as const;
  return { matchType: { $case: 'singlePredicate', value: { input, matcher } } };
}

/**
 * Returns filters that note the results of expressions, by the index of their rule. A matcher takes no text of an
 * expression, but a format does. One that fails has no result, so that its rule does not match.
 */
export function expressionFilters({ rules }: AuthorizationIR): readonly TypedExtensionConfig[] {
  const onRequestHeaders = rules.flatMap(({ cel }, i) =>
    cel === undefined ? [] : [stateValue(resultKey(i), `%CEL(${cel})%`)],
  );
  if (onRequestHeaders.length === 0) return [];
  return [{ name: 'expressions', typedConfig: any(FilterState, { onRequestHeaders }) }];
}

function resultKey(index: number): string {
  return `sluice.authorization.${index}`;
}

function isTrue(index: number): Predicate {
  const matcher = { $case: 'valueMatch', value: exact('true') } as const;
  return { matchType: { $case: 'singlePredicate', value: { input: stateInput(resultKey(index)), matcher } } };
}

/** Envoy takes lists of two and more. */
function anyOf(conditions: readonly Predicate[]): Predicate {
  const [first = {}] = conditions;
  return conditions.length === 1
    ? first
    : { matchType: { $case: 'orMatcher', value: { predicate: [...conditions] } } };
}

function allOf(conditions: readonly Predicate[]): Predicate {
  const [first = {}] = conditions;
  return conditions.length === 1
    ? first
    : { matchType: { $case: 'andMatcher', value: { predicate: [...conditions] } } };
}
