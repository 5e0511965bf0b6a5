import { CorsPolicy } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors.ts';
import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CORSPolicyIR } from '../ir.ts';
import { any } from './any.ts';

/** `typed_per_filter_config` of a route with a CORS filter. */
export function corsConfig(policy: CORSPolicyIR): Map<string, Any> {
  const { allowMethods, allowHeaders, exposeHeaders } = policy;
  return new Map([
    [
      'envoy.filters.http.cors',
      any(CorsPolicy, {
        allowOriginStringMatch: policy.allowOrigins.map(originMatcher),
        allowMethods: allowMethods.join(', '),
        allowHeaders: allowHeaders.join(', '),
        exposeHeaders: exposeHeaders.join(', '),
        maxAge: String(policy.maxAgeSeconds),
        ...(policy.allowCredentials ? { allowCredentials: true } : {}),
        // A preflight from an origin that is not allowed is answered here, without the headers that would allow it.
        forwardNotMatchingPreflights: false,
      }),
    ],
  ]);
}

/** `*` in an origin is any number of labels; at its end also a port. */
function originMatcher(origin: string): StringMatcher {
  if (!origin.includes('*')) return { matchPattern: { $case: 'exact', value: origin } };
  const regex = origin
    .replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    .replace(/\*$/, '.+')
    .replaceAll('*', '[A-Za-z0-9.-]+');
  return { matchPattern: { $case: 'safeRegex', value: { regex } } };
}
