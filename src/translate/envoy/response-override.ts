import { HeaderValueOption_HeaderAppendAction } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { CustomResponse } from '../../../proto/gen/envoy/extensions/filters/http/custom_response/v3/custom_response.ts';
import { LocalResponsePolicy } from '../../../proto/gen/envoy/extensions/http/custom_response/local_response_policy/v3/local_response_policy.ts';
import { HttpResponseHeaderMatchInput } from '../../../proto/gen/envoy/type/matcher/v3/http_inputs.ts';
import {
  HttpResponseLocalReplyMatchInput,
  HttpResponseStatusCodeMatchInput,
} from '../../../proto/gen/envoy/type/matcher/v3/status_code_input.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type {
  Matcher_MatcherList_FieldMatcher,
  Matcher_MatcherList_Predicate,
} from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import type { StringMatcher } from '../../../proto/gen/xds/type/matcher/v3/string.ts';
import { noHeaderChange } from '../ir.ts';
import type { AnswerIR, HeaderTextIR, LocationIR, OverrideIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { headerFields } from './headers.ts';

/** Makes the whole config of the filter, for a route. */
export function overrideConfig(overrides: readonly OverrideIR[]): Any {
  const matchers = overrides.map((override, i): Matcher_MatcherList_FieldMatcher => ({
    predicate: predicate(override),
    onMatch: {
      onMatch: { $case: 'action', value: { name: String(i), typedConfig: actionOf(override.answer) } },
    },
  }));
  return any(CustomResponse, {
    customResponseMatcher: { matcherType: { $case: 'matcherList', value: { matchers } } },
  });
}

function predicate({ statuses, headers, from }: OverrideIR): Matcher_MatcherList_Predicate {
  const parts = [
    ...(statuses.length === 0 ? [] : [single(statusInput, fullMatch(statusPattern(statuses)))]),
    ...headers.map((header) =>
      single(
        { name: 'header', typedConfig: any(HttpResponseHeaderMatchInput, { headerName: header.name }) },
        text(header),
      ),
    ),
    ...(from === undefined
      ? []
      : [single(originInput, { matchPattern: { $case: 'exact', value: String(from === 'proxy') } })]),
  ];
  const [first] = parts;
  return parts.length === 1 && first !== undefined
    ? first
    : { matchType: { $case: 'andMatcher', value: { predicate: parts } } };
}

const statusInput = { name: 'status', typedConfig: any(HttpResponseStatusCodeMatchInput, {}) };
const originInput = { name: 'origin', typedConfig: any(HttpResponseLocalReplyMatchInput, {}) };

function single(
  input: { readonly name: string; readonly typedConfig: Any },
  value: StringMatcher,
): Matcher_MatcherList_Predicate {
  return {
    matchType: { $case: 'singlePredicate', value: { input, matcher: { $case: 'valueMatch', value } } },
  };
}

function text({ kind, value }: HeaderTextIR): StringMatcher {
  switch (kind) {
    case 'Exact':
      return { matchPattern: { $case: 'exact', value } };
    case 'Prefix':
      return { matchPattern: { $case: 'prefix', value } };
    case 'Suffix':
      return { matchPattern: { $case: 'suffix', value } };
    case 'RegularExpression':
      return fullMatch(value);
  }
}

function fullMatch(regex: string): StringMatcher {
  const value = { regex, engineType: { $case: 'googleRe2', value: {} } } as const;
  return { matchPattern: { $case: 'safeRegex', value } };
}

/** Writes ranges of three-digit numbers as a regular expression: the input is text, and Envoy compares no numbers here. */
function statusPattern(ranges: readonly (readonly [from: number, to: number])[]): string {
  const parts = new Set<string>();
  for (const [from, to] of ranges) {
    let at = from;
    while (at <= to) {
      const [size, digits] =
        at % 100 === 0 && at + 99 <= to ? [100, 2] : at % 10 === 0 && at + 9 <= to ? [10, 1] : [1, 0];
      parts.add(`${String(at).slice(0, 3 - digits)}${'[0-9]'.repeat(digits)}`);
      at += size;
    }
  }
  return [...parts].join('|');
}

function actionOf(of: OverrideIR['answer']): Any {
  return of.kind === 'answer' ? answer(of) : redirect(of);
}

/**
 * Envoy's own policy of redirects would follow them itself. Commands that read the request by the stream are the only ones
 * that work in the headers of an answer.
 */
function redirect({ status, scheme, hostname, port, path }: LocationIR): Any {
  const origin = `${scheme ?? ofRequest(':SCHEME')}://${hostname ?? ofRequest(':AUTHORITY')}`;
  const value = `${origin}${port === undefined ? '' : `:${port}`}${path === undefined ? ofRequest(':PATH') : path.replaceAll('%', '%%')}`;
  return any(LocalResponsePolicy, {
    statusCode: status,
    responseHeadersToAdd: [
      {
        header: { key: 'location', value },
        appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
      },
    ],
  });
}

function ofRequest(header: string): string {
  return `%STREAM_INFO_REQ(${header})%`;
}

function answer({ status, body, headers }: AnswerIR): Any {
  const { responseHeadersToAdd } = headerFields(noHeaderChange, { ...headers, remove: [] });
  return any(LocalResponsePolicy, {
    ...(body === undefined ? {} : { body: { specifier: { $case: 'inlineString', value: body } } }),
    ...(status === undefined ? {} : { statusCode: status }),
    ...(responseHeadersToAdd === undefined ? {} : { responseHeadersToAdd }),
  });
}
