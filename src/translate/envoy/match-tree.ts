import { ExecuteFilterAction } from '../../../proto/gen/envoy/extensions/filters/http/composite/v3/composite.ts';
import { HTTPFault } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault.ts';
import { FilterStateInput } from '../../../proto/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.ts';
import type { TypedExtensionConfig as MatchExtension } from '../../../proto/gen/xds/core/v3/extension.ts';
import type { Matcher_OnMatch } from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import { any } from './any.ts';

/** Filter state that holds the request's slot of a family. */
export function slotKey(family: string): string {
  return `sluice.${family}.slot`;
}

/** Filter state that holds the request's chain in its slot. */
export function chainKey(family: string): string {
  return `sluice.${family}.chain`;
}

export function stateInput(key: string): MatchExtension {
  return { name: key, typedConfig: any(FilterStateInput, { key }) };
}

/** A value of a filter state that set_filter_state writes. */
export function stateValue(key: string, value: string) {
  return {
    key: { $case: 'objectKey', value: key },
    factoryKey: 'envoy.string',
    value: {
      $case: 'formatString',
      value: {
        format: { $case: 'textFormatSource', value: { specifier: { $case: 'inlineString', value } } },
      },
    },
  } as const;
}

export function running(action: ExecuteFilterAction): Matcher_OnMatch {
  return {
    onMatch: { $case: 'action', value: { name: 'run', typedConfig: any(ExecuteFilterAction, action) } },
  };
}

/** Answers 500 where plugins are missing or not ready: a request must not pass without them. */
export const closed = any(HTTPFault, {
  abort: { errorType: { $case: 'httpStatus', value: 500 }, percentage: { numerator: 100 } },
});

export const runningClosed = running({
  filterChain: { typedConfig: [{ name: 'closed', typedConfig: closed }] },
});
