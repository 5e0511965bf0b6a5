import type { RouteAction_HashPolicy } from '../../../proto/gen/envoy/config/route/v3/route_action.ts';
import type { TrafficIR } from '../traffic-ir.ts';
import { duration } from './duration.ts';

type HashIR = NonNullable<TrafficIR['hash']>;

/** Envoy joins the hashes of all parts that a request has. */
export function hashPolicies({
  type,
  header,
  headers = [],
  cookie,
  queryParams = [],
}: HashIR): RouteAction_HashPolicy[] {
  switch (type) {
    case 'SourceIP':
      return [{ policySpecifier: { $case: 'connectionProperties', value: { sourceIp: true } } }];
    case 'Header':
      return header === undefined ? [] : [ofHeader(header.name)];
    case 'Headers':
      return headers.map(({ name }) => ofHeader(name));
    case 'Cookie':
      return cookie === undefined ? [] : [{ policySpecifier: { $case: 'cookie', value: cookieOf(cookie) } }];
    case 'QueryParams':
      return queryParams.map(({ name }) => ({
        policySpecifier: { $case: 'queryParameter', value: { name } },
      }));
  }
}

function ofHeader(headerName: string): RouteAction_HashPolicy {
  return { policySpecifier: { $case: 'header', value: { headerName } } };
}

/** Sorts attributes, so that equal settings are equal bytes. */
function cookieOf({ name, ttl, attributes = {} }: NonNullable<HashIR['cookie']>) {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    ...(ttl === undefined ? {} : { ttl: duration(ttl) }),
    attributes: sorted.map(([attribute, value]) => ({ name: attribute, value })),
  };
}
