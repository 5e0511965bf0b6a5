import type { ExternalAuthIR } from '../../security-ir.ts';
import { unreachable } from '../../../lib/assert.ts';
import type { HTTPRouteFilter } from '../../../kinds/gateway-api/http-route.ts';
import {
  noHeaderChange,
  type CORSPolicyIR,
  type HeaderModifierIR,
  type MirrorIR,
  type PathRewriteIR,
} from '../../ir.ts';
import type { CredentialIR, HostRewriteIR, RegexRewriteIR, ResponseIR } from '../../filter-ir.ts';
import type { Reader } from '../../reader.ts';
import { resolveBackend, type BackendReferrer } from '../../backends/backend-ref.ts';
import { translateExternalAuth } from './external-auth.ts';
import { addExtension } from './extension-ref.ts';
import { translateHeaderModifier } from './header-modifier.ts';
import { type RouteProblem, unsupportedValue } from '../problem.ts';

/** Filters of a rule or of one backendRef, in no order: the API leaves theirs to the implementation. */
export interface FilterSet {
  readonly requestHeaders: HeaderModifierIR;
  readonly responseHeaders: HeaderModifierIR;
  readonly mirrors: readonly MirrorIR[];
  readonly redirect: RedirectFilter | undefined;
  readonly hostRewrite: HostRewriteIR | undefined;
  readonly pathRewrite: PathRewriteIR | RegexRewriteIR | undefined;
  readonly response: ResponseIR | undefined;
  readonly credential: CredentialIR | undefined;
  readonly cors: CORSPolicyIR | undefined;
  readonly auths: readonly ExternalAuthIR[];
  /** A filter could not be resolved: requests get an error, as it must not be skipped. */
  readonly broken: boolean;
}

/** Port and scheme as the user gave them; missing ones depend on the listener. */
export interface RedirectFilter {
  readonly scheme: 'http' | 'https' | undefined;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly path: PathRewriteIR | undefined;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

/** A problem of `Accepted` makes all unusable. `prefixOnly`: every match is a `PathPrefix`, for `ReplacePrefixMatch`. */
export function translateFilters(
  reader: Reader,
  from: BackendReferrer,
  filters: readonly HTTPRouteFilter[],
  path: string,
  prefixOnly: boolean,
): FilterResult {
  if (filters.length === 0) return nothing;
  const found: { -readonly [K in keyof FilterSet]: FilterSet[K] } = { ...noFilters };
  const mirrors: MirrorIR[] = [];
  const auths: ExternalAuthIR[] = [];
  const problems: RouteProblem[] = [];
  for (const [i, filter] of filters.entries()) {
    const at = `${path}[${i}]`;
    switch (filter.type) {
      case 'RequestHeaderModifier':
        found.requestHeaders = translateHeaderModifier(
          filter.requestHeaderModifier,
          `${at}.requestHeaderModifier`,
          problems,
        );
        break;
      case 'ResponseHeaderModifier':
        found.responseHeaders = translateHeaderModifier(
          filter.responseHeaderModifier,
          `${at}.responseHeaderModifier`,
          problems,
        );
        break;
      case 'RequestMirror': {
        const backend = resolveBackend(
          reader,
          from,
          filter.requestMirror.backendRef,
          `${at}.requestMirror.backendRef`,
        );
        if (backend.kind === 'invalid') problems.push(backend.problem);
        else mirrors.push({ cluster: backend.name, fraction: mirrorFraction(filter.requestMirror) });
        break;
      }
      case 'RequestRedirect': {
        const { scheme, hostname, port, statusCode } = filter.requestRedirect;
        const modifier = filter.requestRedirect.path;
        const redirectPath = pathRewrite(modifier, `${at}.requestRedirect.path`, prefixOnly, problems);
        found.redirect = { scheme, hostname, port, statusCode, path: redirectPath };
        break;
      }
      case 'URLRewrite':
        found.hostRewrite = literalHost(filter.urlRewrite.hostname);
        found.pathRewrite = pathRewrite(
          filter.urlRewrite.path,
          `${at}.urlRewrite.path`,
          prefixOnly,
          problems,
        );
        break;
      case 'CORS':
        found.cors = corsPolicy(filter.cors);
        break;
      case 'ExternalAuth': {
        const auth = translateExternalAuth(reader, from, filter.externalAuth, `${at}.externalAuth`);
        if (auth.kind === 'auth') auths.push(auth.auth);
        else {
          const message = `${auth.problem.message}; requests of this rule get status 500`;
          problems.push({ ...auth.problem, message });
          found.broken = true;
        }
        break;
      }
      case 'ExtensionRef':
        // Below: what it says depends on the other filters, in whatever order they stand.
        break;
      default:
        unreachable(filter);
    }
  }
  for (const [i, filter] of filters.entries())
    if (filter.type === 'ExtensionRef')
      addExtension(reader, from, filter.extensionRef, `${path}[${i}].extensionRef`, found, problems);
  if (found.redirect !== undefined && (found.hostRewrite ?? found.pathRewrite) !== undefined) {
    const message = 'RequestRedirect and URLRewrite exclude each other';
    problems.push({ condition: 'Accepted', reason: 'IncompatibleFilters', path, message });
  }
  return { filters: { ...found, auths, mirrors: mirrors.filter((mirror) => mirror.fraction > 0) }, problems };
}

interface FilterResult {
  readonly filters: FilterSet;
  readonly problems: readonly RouteProblem[];
}

export const noFilters: FilterSet = {
  requestHeaders: noHeaderChange,
  responseHeaders: noHeaderChange,
  mirrors: [],
  redirect: undefined,
  hostRewrite: undefined,
  pathRewrite: undefined,
  response: undefined,
  credential: undefined,
  cors: undefined,
  auths: [],
  broken: false,
};

/** Result for most rules and nearly all backendRefs. */
const nothing: FilterResult = { filters: noFilters, problems: [] };

type RequestMirror = Extract<HTTPRouteFilter, { type: 'RequestMirror' }>['requestMirror'];

function mirrorFraction({ percent, fraction }: RequestMirror): number {
  if (percent !== undefined) return percent * 10_000;
  if (fraction === undefined) return 1_000_000;
  return Math.min(1_000_000, Math.round((fraction.numerator / fraction.denominator) * 1_000_000));
}

type PathModifier = Extract<HTTPRouteFilter, { type: 'URLRewrite' }>['urlRewrite']['path'];

function pathRewrite(
  modifier: PathModifier,
  path: string,
  prefixOnly: boolean,
  problems: RouteProblem[],
): PathRewriteIR | undefined {
  if (modifier === undefined) return undefined;
  const full = modifier.type === 'ReplaceFullPath';
  const value = full ? modifier.replaceFullPath : modifier.replacePrefixMatch;
  if (/[\0\r\n]/.test(value)) {
    const field = full ? 'replaceFullPath' : 'replacePrefixMatch';
    problems.push(unsupportedValue(`${path}.${field}`, 'must not hold line breaks or NUL'));
  }
  if (!full && !prefixOnly) {
    problems.push(
      unsupportedValue(`${path}.type`, 'ReplacePrefixMatch needs a rule with PathPrefix matches only'),
    );
  }
  return { kind: full ? 'full' : 'prefix', value };
}

function literalHost(hostname: string | undefined): HostRewriteIR | undefined {
  return hostname === undefined ? undefined : { kind: 'literal', value: hostname, isNoted: false };
}

function corsPolicy(cors: Extract<HTTPRouteFilter, { type: 'CORS' }>['cors']): CORSPolicyIR {
  const { maxAge, ...rest } = cors;
  return { ...rest, maxAgeSeconds: maxAge };
}
