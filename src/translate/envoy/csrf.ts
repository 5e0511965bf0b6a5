import { CsrfPolicy } from '../../../proto/gen/envoy/extensions/filters/http/csrf/v3/csrf.ts';
import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CsrfIR } from '../security-ir.ts';
import { any } from './any.ts';
import { wildcardRegex } from './cors.ts';
import { millionths } from './fraction.ts';

/** Envoy draws twice for a request: one that is not enforced is counted for certain. */
export function csrfConfig({ enforced, countsRest, hosts }: CsrfIR): Any {
  return any(CsrfPolicy, {
    filterEnabled: millionths(enforced),
    ...(countsRest ? { shadowEnabled: millionths(1_000_000) } : {}),
    ...(hosts.length === 0 ? {} : { additionalOrigins: hosts.map(hostMatcher) }),
  });
}

function hostMatcher(host: string): StringMatcher {
  if (!host.includes('*')) return { matchPattern: { $case: 'exact', value: host } };
  return { matchPattern: { $case: 'safeRegex', value: { regex: wildcardRegex(host) } } };
}
