import type {
  CookieMatch,
  CredentialInjection,
  DirectResponse,
  HTTPRouteFilterRow,
} from '../../kinds/envoy-gateway/http-route-filter.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import { secretName } from '../../units/secret-name.ts';
import { isPermitted, notPermitted } from '../backends/reference-grant.ts';
import type {
  CredentialIR,
  GenericSecretIR,
  HostRewriteIR,
  RegexRewriteIR,
  ResponseIR,
} from '../filter-ir.ts';
import { noHeaderChange, type HeaderModifierIR, type ValueMatchIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { resolveBody } from '../policies/traffic/response-body.ts';
import type { RouteProblem } from '../routes/problem.ts';
import { translateHeaderModifier } from '../routes/http/header-modifier.ts';
import { regexProblem } from '../routes/http/regex.ts';
import { rewriteProblems } from '../routes/http/substitution.ts';
import { bodyFormat } from './body-format.ts';

/** An HTTPRouteFilter with all that it refers to. */
export interface ResolvedFilter {
  readonly pathRewrite: RegexRewriteIR | undefined;
  readonly hostRewrite: HostRewriteIR | undefined;
  /** Undefined: as if the filter said nothing. */
  readonly notesHost: boolean | undefined;
  readonly response: ResponseIR | undefined;
  readonly responseHeaders: HeaderModifierIR;
  readonly credential: CredentialIR | undefined;
}

/** A problem's path is below the filter, and empty for the filter itself. */
export type FilterProblem = Pick<RouteProblem, 'path' | 'message'> & {
  readonly reason?: RouteProblem['reason'];
};

export type FilterResolution =
  | { readonly kind: 'filter'; readonly filter: ResolvedFilter }
  | { readonly kind: 'invalid'; readonly problems: readonly FilterProblem[] };

/**
 * Resolves a filter. A filter of which any part cannot be had is invalid as a whole: half of it could let through what the
 * other half would not. `isGRPC`: of a GRPCRoute, whose calls end well by their trailers alone.
 */
export function resolveFilter(
  reader: Reader,
  namespace: string,
  row: HTTPRouteFilterRow,
  isGRPC: boolean,
): FilterResolution {
  const problems: FilterProblem[] = [
    ...unreadableParts({ metadata: row.metadata, spec: row.spec }, ''),
    // A newer release may restrict requests by it.
    ...(row.leftOut ?? []).map((path) => ({ path, message: 'is not supported' })),
  ];
  const { urlRewrite, directResponse, credentialInjection } = row.spec;
  const regex = (path: string, rewrite: Pick<RegexRewriteIR, 'pattern' | 'substitution'>): RegexRewriteIR => {
    for (const { field, message } of rewriteProblems(rewrite, namespace))
      problems.push({ path: `spec.urlRewrite.${path}.${field}`, message });
    return { kind: 'regex', ...rewrite };
  };
  const notesHost = urlRewrite?.appendXForwardedHost;
  const filter: ResolvedFilter = {
    pathRewrite: urlRewrite?.path && regex('path.replaceRegexMatch', urlRewrite.path.replaceRegexMatch),
    hostRewrite: urlRewrite?.hostname && hostRewrite(urlRewrite.hostname, notesHost ?? true, regex),
    notesHost,
    ...respond(reader, namespace, directResponse, isGRPC, problems),
    credential: credentialInjection && credential(reader, namespace, credentialInjection, problems),
  };
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'filter', filter };
}

/** Returns alternatives of cookies that a request must have; empty: any request will do. */
export function cookieMatches(
  row: HTTPRouteFilterRow,
  namespace: string,
): {
  readonly alternatives: readonly (readonly ValueMatchIR[])[];
  readonly problems: readonly FilterProblem[];
} {
  const problems: FilterProblem[] = [];
  const alternatives = row.spec.matches.map(({ cookies }, i) =>
    cookies.map((cookie: CookieMatch, j): ValueMatchIR => {
      const problem = cookie.type === 'Exact' ? undefined : regexProblem(cookie.value, namespace);
      if (problem !== undefined)
        problems.push({ path: `spec.matches[${i}].cookies[${j}].value`, message: problem });
      return { kind: cookie.type, name: cookie.name, value: cookie.value };
    }),
  );
  return { alternatives: problems.length > 0 ? [] : alternatives, problems };
}

type Hostname = NonNullable<NonNullable<HTTPRouteFilterRow['spec']['urlRewrite']>['hostname']>;

function hostRewrite(
  { type, header, pathRegex }: Hostname,
  isNoted: boolean,
  regex: (path: string, rewrite: Pick<RegexRewriteIR, 'pattern' | 'substitution'>) => RegexRewriteIR,
): HostRewriteIR {
  if (type === 'Header') return { kind: 'header', name: header ?? '', isNoted };
  if (pathRegex === undefined) return { kind: 'backend', isNoted };
  return { kind: 'path', rewrite: regex('hostname.pathRegex', pathRegex), isNoted };
}

function respond(
  reader: Reader,
  namespace: string,
  response: DirectResponse | undefined,
  isGRPC: boolean,
  problems: FilterProblem[],
): Pick<ResolvedFilter, 'response' | 'responseHeaders'> {
  if (response === undefined) return { response: undefined, responseHeaders: noHeaderChange };
  const { statusCode: status, contentType, header } = response;
  const path = 'spec.directResponse';
  if (isGRPC && status < 300)
    problems.push({ path: `${path}.statusCode`, message: 'must be no 2xx for a GRPCRoute' });
  const changes: RouteProblem[] = [];
  const headers =
    header === undefined ? noHeaderChange : translateHeaderModifier(header, `${path}.header`, changes);
  problems.push(...changes.map(({ path: at, message }) => ({ path: at, message })));
  const type = contentType === undefined ? [] : [{ name: 'content-type', value: contentType }];
  return {
    response: { status, body: bodyText(reader, namespace, response.body, `${path}.body`, problems) },
    responseHeaders: {
      ...headers,
      set: [...type, ...headers.set.filter(({ name }) => type.length === 0 || name !== 'content-type')],
    },
  };
}

function bodyText(
  reader: Reader,
  namespace: string,
  body: DirectResponse['body'],
  path: string,
  problems: FilterProblem[],
): string | undefined {
  if (body === undefined) return undefined;
  const found = resolveBody(reader, namespace, body);
  if (found.kind === 'invalid') {
    problems.push({ path: `${path}${found.path}`, message: found.message });
    return undefined;
  }
  if (found.text === '') return undefined;
  const format = bodyFormat(found.text);
  if (format.kind === 'format') return format.text;
  problems.push({
    path: body.type === 'Inline' ? `${path}.inline` : `${path}.valueRef`,
    message: format.message,
  });
  return undefined;
}

function credential(
  reader: Reader,
  from: string,
  { header, overwrite, credential: { valueRef } }: CredentialInjection,
  problems: FilterProblem[],
): CredentialIR {
  const { group, kind, name, namespace = from } = valueRef;
  const path = 'spec.credentialInjection.credential.valueRef';
  const referrer = { id: 'gateway.envoyproxy.io/HTTPRouteFilter', namespace: from } as const;
  if (group !== '' || kind !== 'Secret') problems.push({ path: `${path}.kind`, message: 'must be a Secret' });
  else if (!isPermitted(reader, referrer, { group, kind, namespace, name })) {
    const message = notPermitted(reader, referrer, 'Secret', namespace);
    problems.push({ path: `${path}.namespace`, message, reason: 'RefNotPermitted' });
  } else {
    const message = credentialProblem(reader, namespace, name);
    if (message !== undefined) problems.push({ path: `${path}.name`, message });
  }
  const secret = secretName({ kind: 'Credential', namespace, name });
  return { secret, header: header?.toLowerCase(), overwrites: overwrite };
}

/** Makes the SDS resource of a credential; undefined while there is none. */
export function translateCredential(
  reader: Reader,
  namespace: string,
  name: string,
): GenericSecretIR | undefined {
  if (credentialProblem(reader, namespace, name) !== undefined) return undefined;
  const value = reader.row('Secret', namespace, name)?.credential ?? '';
  return { name: secretName({ kind: 'Credential', namespace, name }), value };
}

/** Never quotes the Secret. */
function credentialProblem(reader: Reader, namespace: string, name: string): string | undefined {
  const row = reader.row('Secret', namespace, name);
  const named = `Secret ${namespace}/${name}`;
  if (row === undefined) return `${named} does not exist`;
  if (row.unreadable !== undefined) return `${named}: ${describeUnreadable(row.unreadable)}`;
  if (row.credential === undefined || row.credential === '') return `${named} has no key credential`;
  if (row.credential.length > maxCredential || !/^[\t\x20-\x7e]+$/.test(row.credential))
    return `credential of ${named} must be the value of a header: no line break, and at most ${maxCredential} characters`;
  return undefined;
}

/** Tokens have a few hundred characters, and many servers refuse headers of more than 8 KiB. */
const maxCredential = 8192;
