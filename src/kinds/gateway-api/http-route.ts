import { ourGatewayKey } from '../../units/listener-rows.ts';
import { z } from 'zod';
import type { ReadKey } from '../../lib/key.ts';
import { resourceKey } from '../../lib/key.ts';
import { backendFields, requirePort, type backendObjectReference } from './backend-ref.ts';
import { routeListenerKeys } from '../derived/route-listeners.ts';
import { routeFilters } from './http-route-filter.ts';
import { defaultPath, routeMatch } from './http-route-match.ts';
import { withinRegexBudget } from './regex-budget.ts';
import { grantKeys, policiesNaming, selectionKeys } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { jsonKind } from '../kind-def.ts';
import { routeStatusDef } from '../status-def.ts';
import {
  durationMs,
  groupName,
  hostname,
  kindName,
  maxUint32,
  labelledMetadata,
  namespaceName,
  objectName,
  portNumber,
} from '../shape/shape.ts';
import { markEach, markRepeated, readable, tolerant } from '../tolerant.ts';
import { fieldPathSegments } from '../shape/field-path.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import { objectUnit, unitName } from '../../units/unit.ts';

const gatewayGroup = 'gateway.networking.k8s.io';

/** A reference that cannot be read attaches its route nowhere; without a readable kind it has none. */
const parentReference = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName.default('Gateway'),
    namespace: namespaceName.optional(),
    name: objectName,
    sectionName: objectName.optional(),
    port: portNumber.optional(),
  },
  { group: '', kind: '', namespace: undefined, name: '', sectionName: undefined, port: undefined },
).transform((ref) => {
  const isKnown = ref.unreadable?.every(({ path }) => path === 'sectionName' || path === 'port') ?? true;
  return isKnown ? ref : { ...ref, kind: '' };
});

const parentReferences = z
  .array(parentReference)
  .max(32)
  .transform((parents) => {
    /** Marks by parent if its references give a sectionName and a port: all of them must, or none. */
    const given = new Map<string, string>();
    return markEach(markRepeated(parents, referenceKey, ''), (parent) => {
      if (parent.unreadable !== undefined) return undefined;
      const key = parentKey(parent);
      const fields = `${parent.sectionName !== undefined}/${parent.port !== undefined}`;
      const isLike = (given.get(key) ?? fields) === fields;
      if (isLike) given.set(key, fields);
      const message = 'must give sectionName and port like the other references to the same parent';
      return isLike ? undefined : { path: '', message };
    });
  });

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
  },
  {
    name: undefined,
    matches: readable(routeMatch),
    filters: [],
    backendRefs: [],
    timeouts: {},
    retry: undefined,
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

const maxMatches = 128;

const routeRules = z
  .array(routeRule)
  .min(1)
  .max(16)
  .superRefine((rules, context) => {
    const matches = rules.reduce((sum, rule) => sum + rule.matches.length, 0);
    if (matches <= maxMatches) return;
    context.addIssue({ code: 'custom', message: `must hold at most ${maxMatches} matches in all` });
  })
  .transform((rules) => withinRegexBudget(markRepeated(rules, ({ name }) => name, 'name')));

const httpRoute = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    {
      parentRefs: parentReferences.default([]),
      hostnames: z.array(hostname).max(16).default([]),
      rules: routeRules.prefault([{}]),
    },
    { parentRefs: [], hostnames: readable(hostname), rules: [] },
  ).transform((spec) => {
    // A route without hostnames is for all hostnames: one whose hostnames cannot be read must not become that.
    const isForNone =
      spec.hostnames.length === 0 &&
      spec.unreadable?.some(({ path }) => fieldPathSegments(path)[0] === 'hostnames') === true;
    return isForNone ? { ...spec, rules: [] } : spec;
  }),
});

export type HTTPRouteRow = z.infer<typeof httpRoute>;
export type HTTPRouteRule = z.infer<typeof routeRule>;
export type HTTPRouteMatch = z.infer<typeof routeMatch>;
export type HTTPRouteFilter = z.infer<typeof routeFilters>[number];
export type BackendObjectReference = z.infer<typeof backendObjectReference>;
export type ParentReference = z.infer<typeof parentReference>;

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
  links,
);

function referenceKey(parent: ParentReference): string | undefined {
  return parent.unreadable === undefined ? parentKey(parent, parent.sectionName, parent.port) : undefined;
}

function parentKey(parent: ParentReference, ...more: readonly (string | number | undefined)[]): string {
  return JSON.stringify([parent.group, parent.kind, parent.namespace ?? '', parent.name, ...more]);
}

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

function links(row: HTTPRouteRow, namespace: string, name: string): Links {
  const follow: ReadKey[] = [
    resourceKey('Namespace', '', namespace),
    policiesNaming('HTTPRoute', namespace, name),
    ...selectionKeys('HTTPRoute', namespace, row.metadata.labels),
  ];
  const route = resourceKey('HTTPRoute', namespace, name);
  const units = [objectUnit(route)];
  for (const parent of row.spec.parentRefs) {
    if (parent.group !== gatewayGroup || parent.kind !== 'Gateway') continue;
    const gateway = { namespace: parent.namespace ?? namespace, name: parent.name };
    const { hostnames } = row.spec;
    follow.push(
      ourGatewayKey(gateway.namespace, gateway.name),
      ...routeListenerKeys(gateway, [parent], hostnames),
      ...attachedPoliciesKeys(gateway, route),
    );
    units.push(
      unitName({ kind: 'AttachedPolicies', ...gateway, target: route }),
      unitName({ kind: 'AttachedRoute', ...gateway, route }),
    );
  }
  for (const reference of backendsOf(row)) {
    if (reference.group !== '' || reference.kind !== 'Service') continue;
    const home = reference.namespace ?? namespace;
    follow.push(
      resourceKey('Service', home, reference.name),
      policiesNaming('Service', home, reference.name),
    );
    follow.push(
      ...grantKeys({ id: `${gatewayGroup}/HTTPRoute`, namespace }, { ...reference, namespace: home }),
    );
  }
  return { indexes: [], units, follow };
}

/** Lists every backend that the route names: weighted ones, and those of RequestMirror filters of rules and backends. */
function* backendsOf(row: HTTPRouteRow): Generator<BackendObjectReference> {
  for (const rule of row.spec.rules) {
    yield* mirrors(rule.filters);
    for (const backend of rule.backendRefs) {
      yield backend;
      yield* mirrors(backend.filters);
    }
  }
}

function* mirrors(filters: readonly HTTPRouteFilter[]): Generator<BackendObjectReference> {
  for (const filter of filters) {
    if (filter.type === 'RequestMirror') yield filter.requestMirror.backendRef;
  }
}
