import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { TextMatchIR } from '../client-ir.ts';

export function textMatch({ type, value }: TextMatchIR): StringMatcher {
  switch (type) {
    case 'Exact':
      return { matchPattern: { $case: 'exact', value } };
    case 'Prefix':
      return { matchPattern: { $case: 'prefix', value } };
    case 'Suffix':
      return { matchPattern: { $case: 'suffix', value } };
    case 'RegularExpression':
      return { matchPattern: { $case: 'safeRegex', value: { regex: value } } };
  }
}
