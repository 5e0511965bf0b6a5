import { splitResourceKey, type ResourceKey } from '../../../lib/key.ts';
import type { RoutingType } from '../../../units/cluster-name.ts';
import type { HTTPRouteRow } from '../../../kinds/gateway-api/http-route.ts';
import { routesOfHost } from '../../../kinds/indexes.ts';
import { noHeaderChange, type RouteIR, type VirtualHostIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import { attachmentKeys, isAttachedTo, type AttachingRoute } from '../../attach/attachment.ts';
import { backendKeys } from '../../backends/backend-ref.ts';
import { anyHostname, coveringHostnames } from '../../attach/hostname.ts';
import type { ServedListener } from '../../listeners/listener.ts';
import {
  owningListener,
  readOurGateway,
  routeConfigurationName,
  type OurGateway,
} from '../../attach/ownership.ts';
import { gatewayParameters, type Parameters } from '../../gateways/parameters.ts';
import {
  gatewayPolicies,
  routePolicyKeys,
  ruleExtensions,
  type RuleExtensions,
} from '../../policies/plugins.ts';
import { comparePrecedence, type RankedMatch } from './precedence.ts';
import { redirectRoutes } from './redirect.ts';
import { translateRules, type RuleBranch, type RuleResult } from './route-rule.ts';

/**
 * One domain of a Gateway, once for each of its RouteConfigurations that knows the domain.
 *
 * A request goes to the VirtualHost with the most specific domain and to no other, so each holds the rules of every route that
 * a name of the domain can be meant by: those that list the domain, and in a listener's own domain also those with no
 * hostname or with a wildcard that covers it.
 */
export function translateVirtualHost(
  reader: Reader,
  namespace: string,
  name: string,
  domain: string,
): VirtualHostIR[] {
  const gateway = readOurGateway(reader, namespace, name);
  if (gateway === undefined) return [];
  const owners = owningListeners(gateway, domain);
  if (owners.length === 0) return [];
  const routingType = routingTypeOf(gatewayParameters(reader, gateway));
  const isOwn = owners.some((owner) => owner.hostname === domain);
  const all = routes(reader, gateway, isOwn ? [domain, ...coveringHostnames(domain)] : [domain]);
  const listed = isOwn ? all.filter((route) => lists(route.row, domain)) : all;
  reader.expect(
    attachmentKeys(
      gateway,
      all.map((route) => route.namespace),
    ),
  );
  const hosts = owners.map((owner) => {
    const own = owner.hostname === domain;
    const attached = (own ? all : listed).filter((route) =>
      isAttachedTo(reader, gateway, owner, attaching(route)),
    );
    return { owner, own, attached };
  });
  reader.expect([
    ...backendKeys(new Set(hosts.flatMap((host) => host.attached))),
    ...routePolicyKeys(gateway, all),
  ]);
  const ofGateway = gatewayPolicies(reader, gateway);
  const rulesOf = new Map<Route, readonly RuleResult[]>();
  return hosts.flatMap(({ owner, own, attached }): VirtualHostIR[] => {
    // A listener's own domain is there without routes too, or a wildcard of another listener would take its requests.
    if (attached.length === 0 && !own) return [];
    for (const route of attached) {
      if (!rulesOf.has(route)) {
        rulesOf.set(route, translateRules(reader, route.namespace, route.row, routingType));
      }
    }
    const ranked = attached.flatMap((route) => {
      const extensionsOf = ruleExtensions(reader, ofGateway, owner.listener.name, route);
      return rankedMatches(route, rulesOf.get(route) ?? [], extensionsOf);
    });
    return [
      {
        routeConfiguration: routeConfigurationName(gateway, owner),
        domain,
        routes: ranked.sort(comparePrecedence).flatMap((entry) => entryRoutes(entry, owner, domain)),
      },
    ];
  });
}

function routingTypeOf(parameters: Parameters): RoutingType {
  return (parameters.kind === 'valid' ? parameters.proxy?.routingType : undefined) ?? 'Endpoint';
}

interface Route {
  readonly key: ResourceKey;
  readonly namespace: string;
  readonly name: string;
  readonly row: HTTPRouteRow;
}

function attaching({ namespace, row: { spec } }: Route): AttachingRoute {
  return { kind: 'HTTPRoute', namespace, parentRefs: spec.parentRefs, hostnames: spec.hostnames };
}

function owningListeners(gateway: OurGateway, domain: string): ServedListener[] {
  return [...gateway.ports.keys()].flatMap((port) => owningListener(gateway, port, domain) ?? []);
}

function routes(reader: Reader, gateway: OurGateway, hostnames: readonly string[]): Route[] {
  const indexes = hostnames.map((hostname) => routesOfHost(gateway.namespace, gateway.name, hostname));
  reader.expect(indexes);
  const keys = new Set(indexes.flatMap((index) => reader.index(index)));
  reader.expect([...keys]);
  return [...keys].flatMap((key) => {
    const { namespace, name } = splitResourceKey(key);
    const row = reader.row('HTTPRoute', namespace, name);
    return row === undefined ? [] : [{ key, namespace, name, row }];
  });
}

function lists({ spec: { hostnames } }: HTTPRouteRow, domain: string): boolean {
  return hostnames.length === 0 ? domain === anyHostname : hostnames.includes(domain);
}

interface RankedEntry extends RankedMatch {
  readonly name: string;
  readonly branches: readonly RuleBranch[];
  readonly extensions: RuleExtensions;
}

function rankedMatches(
  route: Route,
  rules: readonly RuleResult[],
  extensionsOf: (rule: string | undefined) => RuleExtensions,
): RankedEntry[] {
  const identity = `${route.namespace}/${route.name}`;
  return rules.flatMap(({ rule }, i) => {
    if (rule === undefined) return [];
    const extensions = extensionsOf(rule.name);
    return rule.matches.map((match, position) => ({
      match,
      creationTimestamp: route.row.metadata.creationTimestamp,
      route: identity,
      rule: i,
      position,
      name: rule.name === undefined ? identity : `${identity}/${rule.name}`,
      branches: rule.branches,
      extensions,
    }));
  });
}

function entryRoutes(
  { name, match, branches, extensions: of }: RankedEntry,
  owner: ServedListener,
  domain: string,
): RouteIR[] {
  if (of.kind === 'respond') return [{ name, match, ...asItIs, action: of }];
  const { extensions } = of;
  const found: RouteIR[] = [];
  for (const { action, ...rest } of branches) {
    if (action.kind !== 'redirect') found.push({ name, match, ...rest, extensions, action });
    else {
      for (const entry of redirectRoutes(action.redirect, match, owner, domain)) {
        found.push({ name, ...rest, extensions, ...entry });
      }
    }
  }
  return found;
}

/** A route that changes nothing about its requests. */
const asItIs = {
  cumulativeFraction: undefined,
  requestHeaders: noHeaderChange,
  responseHeaders: noHeaderChange,
  cors: undefined,
  extensions: [],
} as const;
