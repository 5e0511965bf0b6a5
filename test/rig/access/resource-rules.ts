import { BlockList, isIPv6 } from 'node:net';

/** Evaluates the matchers by which Envoy's RBAC filter decides. */

export interface MatcherJson {
  readonly matcherList?: {
    readonly matchers: readonly { readonly predicate: PredicateJson; readonly onMatch: OnMatchJson }[];
  };
  readonly onNoMatch: OnMatchJson;
}

interface OnMatchJson {
  /** Without an action it is ALLOW. */
  readonly action: { readonly typedConfig: { readonly action?: 'DENY' } };
}

interface PredicateJson {
  readonly singlePredicate?: SingleJson;
  readonly andMatcher?: { readonly predicate: readonly PredicateJson[] };
  readonly orMatcher?: { readonly predicate: readonly PredicateJson[] };
  readonly notMatcher?: PredicateJson;
}

interface SingleJson {
  readonly input: {
    readonly typedConfig: {
      readonly '@type': string;
      readonly headerName?: string;
      readonly path?: readonly { readonly key: string }[];
    };
  };
  readonly valueMatch?: { readonly exact?: string; readonly safeRegex?: { readonly regex: string } };
  readonly customMatch?: { readonly typedConfig: CustomJson };
}

interface CustomJson {
  readonly cidrRanges?: readonly { readonly addressPrefix: string; readonly prefixLen: number }[];
  readonly value?: ValueJson;
}

interface ValueJson {
  readonly stringMatch?: { readonly exact: string };
  readonly listMatch?: { readonly oneOf: ValueJson };
}

export interface Facts {
  readonly headers: Readonly<Record<string, string>>;
  readonly address: string;
  /** Claims by provider. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Returns true when the first rule that matches, or else the default, allows. */
export function allows({ matcherList, onNoMatch }: MatcherJson, facts: Facts): boolean {
  const first = matcherList?.matchers.find(({ predicate }) => holds(predicate, facts));
  return (first?.onMatch ?? onNoMatch).action.typedConfig.action !== 'DENY';
}

function holds(predicate: PredicateJson, facts: Facts): boolean {
  const { singlePredicate, andMatcher, orMatcher, notMatcher } = predicate;
  if (singlePredicate !== undefined) return holdsAlone(singlePredicate, facts);
  if (andMatcher !== undefined) return andMatcher.predicate.every((one) => holds(one, facts));
  if (orMatcher !== undefined) return orMatcher.predicate.some((one) => holds(one, facts));
  if (notMatcher !== undefined) return !holds(notMatcher, facts);
  throw new Error(`unknown predicate ${JSON.stringify(predicate)}`);
}

function holdsAlone({ input, valueMatch, customMatch }: SingleJson, facts: Facts): boolean {
  const { '@type': type, headerName, path = [] } = input.typedConfig;
  if (type.endsWith('.HttpRequestHeaderMatchInput')) {
    const value = facts.headers[headerName ?? ''];
    return value !== undefined && isText(valueMatch ?? {}, value);
  }
  if (type.endsWith('.SourceIPInput'))
    return (customMatch?.typedConfig.cidrRanges ?? []).some((range) => covers(range, facts.address));
  if (type.endsWith('.DynamicMetadataInput')) {
    const value = path.reduce<unknown>((at, { key }) => Object(at)[key] as unknown, facts.claims);
    return isValue(customMatch?.typedConfig.value ?? {}, value);
  }
  throw new Error(`unknown input ${type}`);
}

function isText({ exact, safeRegex }: NonNullable<SingleJson['valueMatch']>, text: string): boolean {
  if (exact !== undefined) return text === exact;
  if (safeRegex !== undefined) return new RegExp(`^(?:${safeRegex.regex})$`).test(text);
  throw new Error('unknown match of text');
}

function covers(
  { addressPrefix, prefixLen = 0 }: { addressPrefix: string; prefixLen?: number },
  address: string,
): boolean {
  if (isIPv6(addressPrefix) !== isIPv6(address)) return false;
  const list = new BlockList();
  list.addSubnet(addressPrefix, prefixLen, isIPv6(addressPrefix) ? 'ipv6' : 'ipv4');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function isValue({ stringMatch, listMatch }: ValueJson, value: unknown): boolean {
  if (stringMatch !== undefined) return value === stringMatch.exact;
  if (listMatch !== undefined)
    return Array.isArray(value) && value.some((item) => isValue(listMatch.oneOf, item));
  throw new Error('unknown match of a value');
}
