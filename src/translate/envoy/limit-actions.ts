import type { RateLimit_Action } from '../../../proto/gen/envoy/config/route/v3/rate_limit.ts';
import type { RateLimitDescriptor_Entry } from '../../../proto/gen/envoy/extensions/common/ratelimit/v3/ratelimit.ts';
import type { LimitIR, LimitTestIR, LimitValueIR, ValueTestIR } from '../limit-ir.ts';

/** Lists entries of a class behind its first one. An empty value stands for each value. */
export function classEntries({ tests, values, addresses }: LimitIR['of']): RateLimitDescriptor_Entry[] {
  return [
    ...repeated(tests, { key: met, value: met }),
    ...repeated(values, { key: chosen, value: '' }),
    ...repeated(addresses, { key: 'remote_address', value: '' }),
  ];
}

/**
 * Makes these entries of a request that meets all tests of a way. Ways of one limit lead to one bucket, so shorter ones
 * have entries that are always made.
 */
export function classActions({ of, each }: LimitIR, way: readonly LimitTestIR[]): RateLimit_Action[] {
  const filler: Specifier = {
    $case: 'genericKey',
    value: { descriptorKey: met, descriptorValue: met },
  };
  const addresses = each.filter(({ kind }) => kind === 'address');
  const values = each.filter(({ kind }) => kind !== 'address');
  return [
    ...way.map(testAction),
    ...repeated(of.tests - way.length, filler),
    ...[...values, ...addresses].map(valueAction),
  ].map((actionSpecifier) => ({ actionSpecifier }));
}

/** Makes the entry that chooses the bucket among those of its key. */
export function keyAction(descriptorKey: string, descriptorValue: string): RateLimit_Action {
  return { actionSpecifier: { $case: 'genericKey', value: { descriptorKey, descriptorValue } } };
}

type Specifier = NonNullable<RateLimit_Action['actionSpecifier']>;

const met = 'met';
const chosen = 'value';

function testAction(test: LimitTestIR): Specifier {
  const named = { descriptorKey: met, descriptorValue: met };
  switch (test.kind) {
    case 'headers': {
      const headers = test.of.map(({ name, regex, isInverted }) => ({
        name,
        headerMatchSpecifier:
          regex === undefined
            ? ({ $case: 'presentMatch', value: true } as const)
            : ({ $case: 'stringMatch', value: matcher(regex) } as const),
        invertMatch: isInverted,
        treatMissingHeaderAsEmpty: isInverted,
      }));
      return { $case: 'headerValueMatch', value: { ...named, expectMatch: test.isMet, headers } };
    }
    case 'params': {
      const queryParameters = test.of.map(({ name, regex }: ValueTestIR) => ({
        name,
        queryParameterMatchSpecifier:
          regex === undefined
            ? ({ $case: 'presentMatch', value: true } as const)
            : ({ $case: 'stringMatch', value: matcher(regex) } as const),
      }));
      return {
        $case: 'queryParameterValueMatch',
        value: { ...named, expectMatch: test.isMet, queryParameters },
      };
    }
    case 'address': {
      const [addressPrefix = '', prefixLen = ''] = test.range.split('/');
      const ranges = [{ addressPrefix, prefixLen: Number(prefixLen) }];
      const addressMatcher = { ranges, invertMatch: !test.isMet };
      return { $case: 'remoteAddressMatch', value: { ...named, addressMatcher } };
    }
  }
}

function matcher(regex: string) {
  return { matchPattern: { $case: 'safeRegex', value: { regex } } } as const;
}

function valueAction(value: LimitValueIR): Specifier {
  switch (value.kind) {
    case 'header':
      return { $case: 'requestHeaders', value: { headerName: value.name, descriptorKey: chosen } };
    case 'param':
      return { $case: 'queryParameters', value: { queryParameterName: value.name, descriptorKey: chosen } };
    case 'address':
      return { $case: 'remoteAddress', value: {} };
  }
}

function repeated<T>(count: number, item: T): T[] {
  return Array.from({ length: Math.max(0, count) }, () => item);
}
