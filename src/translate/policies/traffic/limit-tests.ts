import type { LocalLimitRule } from '../../../kinds/envoy-gateway/backend-traffic-limits.ts';
import type { HeaderTestIR, LimitTestIR, LimitValueIR, ValueTestIR } from '../../limit-ir.ts';

type Selector = LocalLimitRule['clientSelectors'][number];

/** Requests that all selectors of a rule choose. */
export interface Chosen {
  readonly tests: readonly LimitTestIR[];
  readonly each: readonly LimitValueIR[];
  /** The tests, with the presence of each value: a request is chosen when it meets all, and none is empty. */
  readonly whole: readonly LimitTestIR[];
}

export function chosenBy(selectors: readonly Selector[]): Chosen {
  const headers = selectors.flatMap(headerTests);
  const params = selectors.flatMap(({ queryParams }) => queryParams);
  const others: LimitTestIR[] = [
    ...params
      .filter(isPlain)
      .flatMap((param): LimitTestIR[] =>
        param.invert ? [{ kind: 'params', isMet: false, of: [valueTest(param)] }] : [],
      ),
    ...selectors.flatMap(({ sourceCIDR }): LimitTestIR[] =>
      sourceCIDR === undefined
        ? []
        : [{ kind: 'address', isMet: !sourceCIDR.invert, range: sourceCIDR.value }],
    ),
  ];
  const wanted = params.filter((param) => isPlain(param) && !param.invert).map(valueTest);
  const ofHeaders = selectors.flatMap(({ headers: all }) => all.filter((match) => !isPlain(match)));
  const ofParams = params.filter((param) => !isPlain(param));
  const given = ofHeaders.map(({ name }) => ({ name, regex: undefined, isInverted: false }));
  const givenParams = ofParams.map(({ name }) => ({ name, regex: undefined }));
  return {
    tests: [...headersOf(headers), ...paramsOf(wanted), ...others],
    each: [
      ...ofHeaders.map(({ name }): LimitValueIR => ({ kind: 'header', name })),
      ...ofParams.map(({ name }): LimitValueIR => ({ kind: 'param', name })),
      ...selectors.flatMap(({ sourceCIDR }): LimitValueIR[] =>
        sourceCIDR?.type === 'Distinct' ? [{ kind: 'address' }] : [],
      ),
    ],
    whole: [...headersOf([...headers, ...given]), ...paramsOf([...wanted, ...givenParams]), ...others],
  };
}

/**
 * Lists the ways in which a request is chosen by none; no request meets two of them. Each says which test of a rule is
 * the first that it does not meet. Undefined when there are more than `most`.
 */
export function chosenByNone(all: readonly Chosen[], most: number): LimitTestIR[][] | undefined {
  let ways: LimitTestIR[][] = [[]];
  for (const { whole } of all) {
    if (ways.length * whole.length > most) return undefined;
    ways = ways.flatMap((way) =>
      whole.map((test, i) => [...way, ...whole.slice(0, i), { ...test, isMet: !test.isMet }]),
    );
  }
  return ways;
}

function headersOf(of: readonly HeaderTestIR[]): LimitTestIR[] {
  return of.length === 0 ? [] : [{ kind: 'headers', isMet: true, of }];
}

function paramsOf(of: readonly ValueTestIR[]): LimitTestIR[] {
  return of.length === 0 ? [] : [{ kind: 'params', isMet: true, of }];
}

function headerTests({ headers, methods, path }: Selector): HeaderTestIR[] {
  const wanted = methods.filter(({ invert }) => !invert).map(({ value }) => value);
  return [
    ...headers.filter(isPlain).map((match) => ({ ...valueTest(match), isInverted: match.invert })),
    ...(wanted.length === 0 ? [] : [{ name: ':method', regex: wanted.join('|'), isInverted: false }]),
    ...methods
      .filter(({ invert }) => invert)
      .map(({ value }) => ({ name: ':method', regex: value, isInverted: true })),
    ...(path === undefined ? [] : [{ name: ':path', regex: pathRegex(path), isInverted: path.invert }]),
  ];
}

function isPlain({ type }: Selector['headers'][number]): boolean {
  return type !== 'Distinct';
}

function valueTest({ name, type, value = '' }: Selector['headers'][number]): ValueTestIR {
  return { name, regex: type === 'Exact' ? escaped(value) : value };
}

/** The header has the query too. */
function pathRegex({ type, value }: NonNullable<Selector['path']>): string {
  const query = String.raw`(\?.*)?`;
  if (type === 'RegularExpression') return `(?:${value})${query}`;
  if (type === 'Exact') return `${escaped(value)}${query}`;
  return `${escaped(value.replace(/\/+$/, ''))}(/.*)?${query}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+*()[\]{}]/g, String.raw`\$&`);
}
