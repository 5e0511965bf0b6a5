import { z } from 'zod';
import { backendFields, requirePort } from './backend-ref.ts';
import { routeFilters } from './http-route-filter.ts';
import { defaultPath, routeMatch } from './http-route-match.ts';
import { gatewayGroup, parentReferences } from './parent-ref.ts';
import { withinRegexBudget } from './regex-budget.ts';
import { closedToUnreadHostnames, limitMatches } from './route-bounds.ts';
import { routeLinks } from './route-links.ts';
import { namingLeftOut } from '../left-out.ts';
import { sessionPersistence } from './session-persistence.ts';
import { jsonKind } from '../kind-def.ts';
import { routeStatusDef } from '../status-def.ts';
import { durationMs, hostname, maxUint32, labelledMetadata, objectName } from '../shape/shape.ts';
import { markRepeated, readable, tolerant } from '../tolerant.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

const backendRef = z
  .object({
    ...backendFields,
    weight: z.int().min(0).max(1_000_000).default(1),
    filters: routeFilters.default([]),
  })
  .superRefine(requirePort);

const routeRetry = z.object({
  codes: z
    .array(z.int().min(400).max(599))
    .superRefine((codes, context) => refuseDuplicates(codes, String, context))
    .default([]),
  attempts: z.int().min(0).max(maxUint32).default(1),
  backoff: durationMs.optional(),
});

const timeouts = z
  .object({ request: durationMs.optional(), backendRequest: durationMs.optional() })
  .refine(
    ({ request, backendRequest }) =>
      request === undefined || request === 0 || backendRequest === undefined || backendRequest <= request,
    { path: ['backendRequest'], message: 'must not be longer than the request timeout' },
  );

const matchAll = [{ path: defaultPath, headers: [], queryParams: [] }];

/** A rule that cannot be read answers 500 at those of its matches that can. */
const routeRule = tolerant(
  {
    name: objectName.optional(),
    matches: z
      .array(routeMatch)
      .max(64)
      .default(matchAll)
      .transform((matches) => (matches.length === 0 ? matchAll : matches)),
    filters: routeFilters.default([]),
    backendRefs: z.array(backendRef).max(16).default([]),
    timeouts: timeouts.default({}),
    retry: routeRetry.optional(),
    sessionPersistence: sessionPersistence.optional(),
  },
  {
    name: undefined,
    matches: readable(routeMatch),
    filters: [],
    backendRefs: [],
    timeouts: {},
    retry: undefined,
    sessionPersistence: undefined,
  },
  (rule, context) => {
    const redirect = rule.filters.findIndex(({ type }) => type === 'RequestRedirect');
    if (redirect !== -1 && rule.backendRefs.length > 0) {
      const message = 'must not be used together with backendRefs';
      context.addIssue({ code: 'custom', path: ['filters', redirect, 'type'], message });
    }
    if (rule.matches.length === 1 && rule.matches[0]?.path.type === 'PathPrefix') return;
    for (const path of prefixReplacements(rule)) {
      const message = 'needs a rule with exactly one match, of path type PathPrefix';
      context.addIssue({ code: 'custom', path, message });
    }
  },
);

const routeRules = z
  .array(routeRule)
  .min(1)
  .max(16)
  .superRefine(limitMatches)
  .transform((rules) =>
    withinRegexBudget(
      markRepeated(rules, ({ name }) => name, 'name'),
      ({ path, headers, queryParams }: HTTPRouteMatch) => [path, ...headers, ...queryParams],
    ),
  );

const routeObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    {
      parentRefs: parentReferences.default([]),
      hostnames: z.array(hostname).max(16).default([]),
      rules: routeRules.prefault([{}]),
    },
    { parentRefs: [], hostnames: readable(hostname), rules: [] },
  ).transform((spec) => closedToUnreadHostnames(spec)),
});

const httpRoute = namingLeftOut(routeObject);

export type HTTPRouteRow = z.infer<typeof httpRoute>;
export type HTTPRouteRule = z.infer<typeof routeRule>;
export type HTTPRouteMatch = z.infer<typeof routeMatch>;
export type HTTPRouteFilter = z.infer<typeof routeFilters>[number];

export const httpRouteKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'HTTPRoute',
    versions: ['v1', 'v1beta1'],
    plural: 'httproutes',
    scope: 'namespaced',
    role: 'route',
    status: routeStatusDef,
  },
  httpRoute,
  (row, namespace, name) => routeLinks('HTTPRoute', row, namespace, name),
);

function* prefixReplacements(
  rule: Pick<z.infer<typeof routeRule>, 'filters' | 'backendRefs'>,
): Generator<(string | number)[]> {
  const places: [(string | number)[], readonly HTTPRouteFilter[]][] = [[['filters'], rule.filters]];
  for (const [index, { filters }] of rule.backendRefs.entries()) {
    places.push([['backendRefs', index, 'filters'], filters]);
  }
  for (const [place, filters] of places) {
    for (const [index, filter] of filters.entries()) {
      const member = memberWithPath(filter);
      if (member?.path?.type !== 'ReplacePrefixMatch') continue;
      yield [...place, index, member.name, 'path', 'type'];
    }
  }
}

function memberWithPath(filter: HTTPRouteFilter) {
  if (filter.type === 'RequestRedirect')
    return { name: 'requestRedirect', path: filter.requestRedirect.path };
  if (filter.type === 'URLRewrite') return { name: 'urlRewrite', path: filter.urlRewrite.path };
  return undefined;
}
