import { CorsPolicy } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors.ts';
import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CORSPolicyIR } from '../ir.ts';
import { any } from './any.ts';

export function corsConfig(policy: CORSPolicyIR): Map<string, Any> {
  const { allowMethods, allowHeaders, maxAgeSeconds } = policy;
  return new Map([
    [
      'envoy.filters.http.cors',
      any(CorsPolicy, {
        allowOriginStringMatch: policy.allowOrigins.map(originMatcher),
        allowMethods: allowMethods.join(', '),
        allowHeaders: allowHeaders.join(', '),
        exposeHeaders: exposedHeaders(policy),
        ...(maxAgeSeconds === undefined ? {} : { maxAge: String(maxAgeSeconds) }),
        ...(policy.allowCredentials ? { allowCredentials: true } : {}),
        // Answers a preflight from another origin without the headers that would allow it.
        forwardNotMatchingPreflights: false,
      }),
    ],
  ]);
}

/** Drops `*` with credentials: a browser then takes it for a header's name, and the API forbids it. */
export function exposedHeaders({ exposeHeaders, allowCredentials }: CORSPolicyIR): string {
  return exposeHeaders.filter((name) => name !== '*' || !allowCredentials).join(', ');
}

function originMatcher(origin: string): StringMatcher {
  const plain = asSent(origin);
  if (!plain.includes('*')) return { matchPattern: { $case: 'exact', value: plain } };
  return { matchPattern: { $case: 'safeRegex', value: { regex: wildcardRegex(plain) } } };
}

/** Makes a regular expression (RE2) that matches exactly the allowed origins. */
export function originRegex(origins: readonly string[]): string {
  return origins
    .map(asSent)
    .map((origin) => (origin.includes('*') ? wildcardRegex(origin) : escaped(origin)))
    .join('|');
}

/** `*` alone is any origin; in a host it is any number of labels, and never a port. */
export function wildcardRegex(origin: string): string {
  return origin === '*' ? '.+' : escaped(origin).replaceAll('*', '[A-Za-z0-9.-]+');
}

function escaped(origin: string): string {
  return origin.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
}

/** Writes an origin as browsers do: scheme and host in lower case, without the scheme's own port (RFC 6454, section 6.1). */
function asSent(origin: string): string {
  return origin.toLowerCase().replace(/^(https:\/\/.*):0*443$|^(http:\/\/.*):0*80$/, '$1$2');
}
