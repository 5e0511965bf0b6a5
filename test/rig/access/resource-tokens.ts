import { createPublicKey, verify, type webcrypto } from 'node:crypto';

/** Evaluates a config of Envoy's filter for JSON Web Tokens. */

export interface TokenFilterJson {
  readonly providers: Readonly<Record<string, ProviderJson>>;
  readonly rules: readonly { readonly match: object; readonly requires: RequirementJson }[];
}

interface ProviderJson {
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly localJwks: { readonly inlineString: string };
  readonly fromHeaders?: readonly { readonly name: string }[];
  readonly payloadInMetadata: string;
  readonly normalizePayloadInMetadata: { readonly spaceDelimitedClaims: readonly string[] };
}

interface RequirementJson {
  readonly providerName?: string;
  readonly allowMissing?: object;
  readonly allowMissingOrFailed?: object;
  readonly requiresAny?: { readonly requirements: readonly RequirementJson[] };
}

/** Returns the claims by provider; undefined: the request is refused. */
export function acceptedClaims(
  { providers, rules }: TokenFilterJson,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> | undefined {
  const [rule, ...rest] = rules;
  if (rule === undefined || rest.length > 0 || JSON.stringify(rule.match) !== '{"prefix":""}')
    throw new Error(`not one rule for all requests: ${JSON.stringify(rules)}`);
  const all = rule.requires.requiresAny?.requirements ?? [rule.requires];
  let isAnyThere = false;
  for (const { providerName } of all) {
    const provider = providerName === undefined ? undefined : providers[providerName];
    if (provider === undefined) continue;
    const texts = tokensIn(provider, headers);
    isAnyThere ||= texts.length > 0;
    const claims = texts.map((text) => verified(provider, text)).find((found) => found !== undefined);
    if (claims !== undefined) return { [provider.payloadInMetadata]: claims };
  }
  if (all.some(({ allowMissingOrFailed }) => allowMissingOrFailed !== undefined)) return {};
  return all.some(({ allowMissing }) => allowMissing !== undefined) && !isAnyThere ? {} : undefined;
}

function tokensIn({ fromHeaders = [] }: ProviderJson, headers: Readonly<Record<string, string>>): string[] {
  return fromHeaders.flatMap(({ name }) => headers[name.toLowerCase()] ?? []);
}

function verified(provider: ProviderJson, text: string): Readonly<Record<string, unknown>> | undefined {
  const [, body = ''] = text.split('.');
  if (!isSigned(provider.localJwks.inlineString, text)) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Readonly<Record<string, unknown>>;
  const { iss, aud, exp } = claims;
  if (provider.issuer !== undefined && provider.issuer !== iss) return undefined;
  if (provider.audiences !== undefined && !provider.audiences.includes(String(aud))) return undefined;
  if (Number(exp) * 1000 < Date.now()) return undefined;
  const words = new Set(provider.normalizePayloadInMetadata.spaceDelimitedClaims);
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      words.has(name) && typeof value === 'string' ? value.split(' ') : value,
    ]),
  );
}

/** By key set and token: a verification takes longer than all the rest. */
const verdicts = new Map<string, boolean>();

function isSigned(keySet: string, text: string): boolean {
  const name = `${keySet} ${text}`;
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const [head = '', body = '', signature = ''] = text.split('.');
  const { keys } = JSON.parse(keySet) as { readonly keys: readonly webcrypto.JsonWebKey[] };
  const found = keys.some((key) =>
    verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    ),
  );
  verdicts.set(name, found);
  return found;
}
