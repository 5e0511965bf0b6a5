import type { RateLimit_Action } from '../../../proto/gen/envoy/config/route/v3/rate_limit.ts';
import type { LimitIR } from '../traffic-ir.ts';

/** An entry of a descriptor, and the action that makes it of a request. An empty value stands for each value. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly action: NonNullable<RateLimit_Action['actionSpecifier']>;
}

type SelectorIR = LimitIR['clientSelectors'][number];

/** Makes the descriptor of requests that all selectors choose; keys carry the rule, so that rules share no bucket. */
export function limitActions(selectors: readonly SelectorIR[], rule: number): Entry[] {
  const parts = selectors.flatMap(partsOf);
  return parts.map((make, i) => make(`rule-${rule}-${i}`));
}

type Make = (key: string) => Entry;

function partsOf({ headers, methods, path, sourceCIDR, queryParams }: SelectorIR): Make[] {
  const wanted = methods.filter(({ invert }) => !invert).map(({ value }) => value);
  return [
    ...headers.map((match) =>
      match.type === 'Distinct'
        ? eachHeader(match.name)
        : header(match.name, regexOf(match.type, match.value ?? ''), match.invert),
    ),
    ...(wanted.length === 0 ? [] : [header(':method', wanted.join('|'), false)]),
    ...methods.filter(({ invert }) => invert).map(({ value }) => header(':method', value, true)),
    ...(path === undefined ? [] : [header(':path', pathRegex(path), path.invert)]),
    ...(sourceCIDR === undefined ? [] : addressParts(sourceCIDR)),
    ...queryParams.map((match) => (match.type === 'Distinct' ? eachParam(match.name) : param(match))),
  ];
}

function header(name: string, regex: string, isInverted: boolean): Make {
  const value = { matchPattern: { $case: 'safeRegex', value: { regex } } } as const;
  const headers = [
    {
      name,
      headerMatchSpecifier: { $case: 'stringMatch', value } as const,
      treatMissingHeaderAsEmpty: isInverted,
    },
  ];
  return (key) => ({
    key,
    value: key,
    action: {
      $case: 'headerValueMatch',
      value: { descriptorKey: key, descriptorValue: key, expectMatch: !isInverted, headers },
    },
  });
}

function eachHeader(headerName: string): Make {
  return (key) => ({
    key,
    value: '',
    action: { $case: 'requestHeaders', value: { headerName, descriptorKey: key } },
  });
}

function param({ name, type, value = '', invert }: SelectorIR['queryParams'][number]): Make {
  const matcher = {
    matchPattern: { $case: 'safeRegex', value: { regex: regexOf(type, value) } },
  } as const;
  const queryParameters = [
    { name, queryParameterMatchSpecifier: { $case: 'stringMatch', value: matcher } as const },
  ];
  return (key) => ({
    key,
    value: key,
    action: {
      $case: 'queryParameterValueMatch',
      value: { descriptorKey: key, descriptorValue: key, expectMatch: !invert, queryParameters },
    },
  });
}

function eachParam(queryParameterName: string): Make {
  return (key) => ({
    key,
    value: '',
    action: { $case: 'queryParameters', value: { queryParameterName, descriptorKey: key } },
  });
}

function addressParts({ type, value, invert }: NonNullable<SelectorIR['sourceCIDR']>): Make[] {
  const [addressPrefix = '', prefixLen = ''] = value.split('/');
  const ranges = [{ addressPrefix, prefixLen: Number(prefixLen) }];
  const within: Make = (key) => ({
    key,
    value: key,
    action: {
      $case: 'remoteAddressMatch',
      value: { descriptorKey: key, descriptorValue: key, addressMatcher: { ranges, invertMatch: invert } },
    },
  });
  return type === 'Distinct' ? [within, each] : [within];
}

const each: Make = () => ({
  key: 'remote_address',
  value: '',
  action: { $case: 'remoteAddress', value: {} },
});

function regexOf(type: string, value: string): string {
  return type === 'Exact' ? escaped(value) : value;
}

/** The header has the query too. */
function pathRegex({ type, value }: NonNullable<SelectorIR['path']>): string {
  const query = String.raw`(\?.*)?`;
  if (type === 'RegularExpression') return `(?:${value})${query}`;
  if (type === 'Exact') return `${escaped(value)}${query}`;
  return `${escaped(value.replace(/\/+$/, ''))}(/.*)?${query}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+*()[\]{}]/g, String.raw`\$&`);
}
