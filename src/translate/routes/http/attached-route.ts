import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { contentHash } from '../../../lib/hash.ts';
import { resourceKey, splitResourceKey, type ResourceKey, type UnitName } from '../../../lib/key.ts';
import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import type { RowTypes } from '../../../kinds/kinds.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import { anyHostname, coveringHostnames } from '../../../kinds/shape/hostname.ts';
import { attachedPoliciesKeys } from '../../../units/attached-policies-key.ts';
import { unitName } from '../../../units/unit.ts';
import {
  unchanged,
  type RouteEntryIR,
  type RouteFragmentIR,
  type RouteIR,
  type SessionIR,
} from '../../ir.ts';
import { notingAbsent, type Reader } from '../../reader.ts';
import type { RouteSecurity } from '../../policies/security/route-security.ts';
import { parentsAt, setsOf } from '../../attach/listener-set-parents.ts';
import { hostRights } from '../../attach/host-rights.ts';
import { placesOf, type Place, type PlaceOwner } from '../../attach/places.ts';
import { backendKeys, backendPlace } from '../../backends/backend-ref.ts';
import { readOurGateway, routesTable, type OurGateway } from '../../attach/ownership.ts';
import { gatewayParameters, preservesRouteOrder } from '../../gateways/parameters.ts';
import { isInForceSomewhere, readAttached, type Attached } from '../../policies/attachment/in-force.ts';
import { precedence } from './precedence.ts';
import { translateSession } from './session.ts';
import { redirectRoutes } from './redirect.ts';
import { rulePolicies, rulePolicyKeys, rulePolicyReferences, type RulePolicies } from './rule-policies.ts';
import { isHTTPKind, rulesOfKind, type HTTPKind } from './rules-by-kind.ts';
import type { RuleResult, TranslatedRule } from './route-rule.ts';

export interface AttachedRoute {
  readonly fragments: readonly RouteFragmentIR[];
  /** Missing rows that a rule asks for, by its name. */
  readonly absent: ReadonlyMap<string, ReadonlySet<ResourceKey>>;
  readonly refs: readonly UnitName[];
  /** Policies that may have shaped the fragments: a rejection by a proxy is shown at them, too. */
  readonly policies: readonly ResourceKey[];
}

export function translateAttachedRoute(
  reader: Reader,
  of: { readonly namespace: string; readonly name: string },
  route: ResourceKey,
): AttachedRoute {
  reader.expect([settingKey('hostnames'), ourGatewayKey(of.namespace, of.name), route]);
  const gateway = readOurGateway(reader, of.namespace, of.name);
  const { kind, namespace, name } = splitResourceKey(route);
  const row = isHTTPKind(kind) ? reader.row(kind, namespace, name) : undefined;
  if (gateway === undefined || !isHTTPKind(kind) || row === undefined) return nowhere;
  const { hostnames } = row.spec;
  const parentRefs = parentsAt(reader, gateway, route, row.spec.parentRefs);
  const asked = placesOf(reader, gateway, { kind, namespace, parentRefs, hostnames });
  const { refused, unknown, refs } = hostRights(
    reader,
    gateway,
    namespace,
    asked.map(({ domain }) => domain),
  );
  const claim = unitName({ kind: 'HostClaim', namespace: of.namespace, name: of.name, route });
  const claimed = refs.length === 0 ? refs : [claim, ...refs];
  const places = asked.filter(({ domain }) => !refused.has(domain) && !unknown.has(domain));
  if (places.length === 0) return { ...nowhere, refs: claimed };
  const from = { id: `${gatewayGroup}/${kind}`, namespace } as const;
  const sets = setsOf(parentRefs);
  reader.expect([
    ...backendKeys(from, backendsOf(row.spec.rules)),
    ...attachedPoliciesKeys(gateway, route, sets),
  ]);
  const rules = rulesOfKind(reader, kind, namespace, row, backendPlace(reader, gateway));
  const ruleIds = row.spec.rules.map(ruleId);
  const keepsOrder = preservesRouteOrder(gatewayParameters(reader, gateway));
  const ruled: Route = { kind, namespace, name, row, ruleIds, keepsOrder };
  // A policy may apply to any of the rules, so all of them lack what it lacks.
  const ofPolicies = new Set<ResourceKey>();
  const attached = readAttached(reader, gateway, route, sets);
  const entriesOf = entriesAt(notingAbsent(reader, ofPolicies), gateway, attached, ruled, rules);
  const fragments = places.map(({ owner, domain }) => ({
    table: routesTable(gateway, owner),
    domain,
    entries: entriesOf(owner, domain),
  }));
  const absent = new Map<string, ReadonlySet<ResourceKey>>();
  for (const [i, id] of ruled.ruleIds.entries())
    absent.set(id, new Set([...(absent.get(id) ?? ofPolicies), ...(rules[i]?.absent ?? [])]));
  return { fragments, absent, refs: claimed, policies: policiesInForce(attached) };
}

const nowhere: AttachedRoute = { fragments: [], absent: new Map(), refs: [], policies: [] };

function policiesInForce({ ofRoute, ofGateway }: Attached): ResourceKey[] {
  const inForce = [...ofRoute, ...ofGateway].filter(isInForceSomewhere);
  return [...new Set(inForce.map(({ kind, namespace, name }) => resourceKey(kind, namespace, name)))];
}

/** Does not depend on the rule's position. Rules with the same matches have one id, as the second serves nothing. */
function ruleId({
  name,
  matches,
  filters,
}: {
  readonly name?: string | undefined;
  readonly matches: readonly object[];
  readonly filters: readonly { readonly type: string }[];
}): string {
  // They may narrow the matches.
  const extensions = filters.filter(({ type }) => type === 'ExtensionRef');
  return name ?? `#${contentHash(JSON.stringify(extensions.length === 0 ? matches : [matches, extensions]))}`;
}

interface Route {
  readonly kind: HTTPKind;
  readonly namespace: string;
  readonly name: string;
  readonly row: RowTypes[HTTPKind];
  readonly ruleIds: readonly string[];
  readonly keepsOrder: boolean;
}

/**
 * Shares entries between all domains of a listener, except those of redirects and with limits, which name the domain, and
 * the listener's hostname where the route has a wider one.
 */
function entriesAt(
  reader: Reader,
  gateway: OurGateway,
  attached: Attached,
  route: Route,
  rules: readonly RuleResult[],
): (owner: PlaceOwner, domain: string) => readonly RouteEntryIR[] {
  reader.expect(rulePolicyKeys(attached));
  reader.expect(rulePolicyReferences(reader, attached));
  const known = new Map<PlaceOwner, readonly RouteEntryIR[]>();
  const namesDomain = rules.some(({ rule }) =>
    rule?.branches.some(({ action }) => action.kind === 'redirect'),
  );
  return (owner, domain) => {
    const wider = widerHostname(route.row.spec.hostnames, domain);
    const isShared = !namesDomain && wider === undefined;
    const before = isShared ? known.get(owner) : undefined;
    if (before !== undefined) return before;
    const { kind, namespace, name } = route;
    const verdictOn = (rule: string | undefined): RulePolicies =>
      rulePolicies(reader, gateway, attached, owner, { kind, namespace, name, rule });
    const entries = rules.flatMap(({ rule }, i) =>
      rule === undefined ? [] : ruleEntries(route, rule, i, verdictOn(rule.name), { owner, domain, wider }),
    );
    if (isShared && !entries.some(hasLimits)) known.set(owner, entries);
    return entries;
  };
}

function hasLimits({ routes }: RouteEntryIR): boolean {
  return routes.some(({ limits }) => limits !== undefined);
}

/** Returns the most specific of the route's hostnames that covers the domain, unless the domain is one of them. */
function widerHostname(hostnames: readonly string[], domain: string): string | undefined {
  if (hostnames.includes(domain) || domain === anyHostname) return undefined;
  return coveringHostnames(domain).find((hostname) => hostnames.includes(hostname)) ?? anyHostname;
}

interface EntryPlace extends Place {
  readonly wider: string | undefined;
}

function ruleEntries(
  { kind, namespace, name: routeName, row, ruleIds, keepsOrder }: Route,
  rule: TranslatedRule,
  index: number,
  of: RulePolicies,
  { owner, domain, wider }: EntryPlace,
): RouteEntryIR[] {
  const identity = `${namespace}/${routeName}`;
  // An access log's %ROUTE_NAME% answers which rule, and which of its matches, took the request.
  const name = `${identity}/${rule.name ?? index}`;
  const { creationTimestamp } = row.metadata;
  const session =
    rule.session &&
    translateSession(rule.session, `${kind}/${identity}/${ruleIds[index]}`, owner.protocol === 'HTTPS');
  // Envoy Gateway's buckets, too, are of a hostname.
  const bucket = `${kind}/${identity}/${ruleIds[index]}/${domain}`;
  return rule.matches.map((match, position) => ({
    rule: ruleIds[index] ?? '',
    order: precedence({
      match: rule.ranks[position] ?? match,
      wider,
      creationTimestamp,
      route: identity,
      kind,
      rule: index,
      position,
      keepsOrder,
    }),
    routes: entryRoutes(`${name}/${position}`, match, rule, of, owner, domain, session, bucket).map((one) =>
      one.auths.some(({ learnsRoute }) => learnsRoute === true)
        ? { ...one, ofObject: { kind, namespace, name: routeName, rule: rule.name } }
        : one,
    ),
  }));
}

function entryRoutes(
  name: string,
  match: TranslatedRule['matches'][number],
  { branches }: TranslatedRule,
  of: RulePolicies,
  owner: PlaceOwner,
  domain: string,
  session: SessionIR | undefined,
  bucket: string,
): RouteIR[] {
  if (of.kind === 'respond') return [{ name, match, ...unchanged, action: of }];
  const { plugins, traffic, security, forward } = of;
  const limits = of.limits && { ...of.limits, bucket };
  const found: RouteIR[] = [];
  for (const { action, ...rest } of branches) {
    const common = {
      name,
      ...rest,
      ...secured(rest, security),
      plugins,
      traffic,
      limits,
      session: undefined,
    };
    if (action.kind === 'forward') found.push({ ...common, match, session, action: forward(action) });
    else if (action.kind === 'respond') found.push({ ...common, match, action });
    else {
      for (const entry of redirectRoutes(action.redirect, match, owner, domain)) {
        found.push({ ...common, ...entry });
      }
    }
  }
  return found;
}

/** Adds what a policy asks for to filters of the route, whose own CORS policy wins. The policy's server is asked first. */
function secured({ cors, auths }: Pick<RouteIR, 'cors' | 'auths'>, of: RouteSecurity | undefined) {
  const own = of?.auth === undefined ? [] : [of.auth];
  const { security, tokens } = of ?? { security: undefined, tokens: undefined };
  const protection = protectionOf(of?.identity, auths);
  return { cors: cors ?? of?.cors, auths: [...own, ...auths], security, tokens, protection };
}

/** Names the policy, and servers of the route's own filters. Content of policies is no part of it, as it may be secret. */
function protectionOf(policy: string | undefined, auths: RouteIR['auths']): string | undefined {
  const servers = auths.length === 0 ? '' : `#${contentHash(JSON.stringify(auths))}`;
  return policy === undefined && servers === '' ? undefined : `${policy ?? ''}${servers}`;
}
