import { contentHash } from '../../lib/hash.ts';
import { splitResourceKey } from '../../lib/key.ts';
import type { HTTPRouteRow } from '../../kinds/gateway-api/http-route.ts';
import { routesIn, routePolicies } from '../../kinds/indexes.ts';
import type { PluginType } from '../../units/unit-def.ts';
import type { FilterIR, RouteExtensionIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { isParent } from '../attach/attachment.ts';
import {
  policiesAt,
  policyKeys,
  sectionsOf,
  type AttachedPolicy,
  type TargetObject,
} from './extension-policy.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { filtersOf, pluginsIn, pluginsOf, pluginTypes } from './policy-plugins.ts';

/** What policies do with the requests of one rule of a route. */
export type RuleExtensions =
  /** Mostly none. */
  | { readonly kind: 'run'; readonly extensions: readonly RouteExtensionIR[] }
  /** A plugin that must run cannot, or the policy is not one that Sluice can carry out. */
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

/** What {@link ruleExtensions} reads first. */
export function routePolicyKeys(gateway: OurGateway, routes: Iterable<{ namespace: string; name: string }>) {
  const objects = [...routes].map(({ namespace, name }) => ({ kind: 'HTTPRoute', namespace, name }) as const);
  return [gatewayTarget(gateway), ...objects].flatMap(policyKeys);
}

/** The policies of the Gateway itself and of its listeners. */
export function gatewayPolicies(reader: Reader, gateway: OurGateway): AttachedPolicy[] {
  return policiesAt(reader, gatewayTarget(gateway));
}

/**
 * What policies do with the requests of a rule that come by a listener. The most specific policy decides alone, as Envoy
 * Gateway has it: that of the rule, of the route, of the listener, of the Gateway. With a `mergeType`, the one of the
 * listener or of the Gateway gives the lists that it does not have itself.
 */
export function ruleExtensions(
  reader: Reader,
  ofGateway: readonly AttachedPolicy[],
  listener: string,
  route: { readonly namespace: string; readonly name: string; readonly row: HTTPRouteRow },
): (rule: string | undefined) => RuleExtensions {
  const ofRoute = policiesAt(reader, routeTarget(route));
  if (ofRoute.length === 0 && ofGateway.length === 0) return () => none;
  const parent = at(ofGateway, listener) ?? at(ofGateway, undefined);
  const whole = at(ofRoute, undefined);
  return (rule) => {
    const own = (rule === undefined ? undefined : at(ofRoute, rule)) ?? whole;
    return extensionsBy(reader, partsOf(own, parent));
  };
}

/** A policy, and those of its lists that are in force. */
interface Part {
  readonly policy: AttachedPolicy;
  readonly types: readonly PluginType[];
}

function partsOf(own: AttachedPolicy | undefined, parent: AttachedPolicy | undefined): Part[] {
  if (own === undefined) return parent === undefined ? [] : [{ policy: parent, types: pluginTypes }];
  if (parent === undefined || own.row.spec.mergeType === undefined)
    return [{ policy: own, types: pluginTypes }];
  const has = (type: PluginType): boolean => pluginsIn(own.row, type) > 0;
  return [
    { policy: own, types: pluginTypes.filter(has) },
    { policy: parent, types: pluginTypes.filter((type) => !has(type)) },
  ];
}

function at(policies: readonly AttachedPolicy[], section: string | undefined): AttachedPolicy | undefined {
  return policies.find(({ sectionName }) => sectionName === section);
}

/**
 * Every plugin that a route of the Gateway may run, in the order in which they do: the filters of its Listeners. One that
 * is not ready is not there, as a Listener would wait for it; routes that need it answer by themselves.
 */
export function gatewayExtensions(reader: Reader, gateway: OurGateway): FilterIR[] {
  reader.expect([...policyKeys(gatewayTarget(gateway)), routePolicies()]);
  const policies = new Map<string, AttachedPolicy>();
  for (const policy of [...gatewayPolicies(reader, gateway), ...policiesOfRoutes(reader, gateway)])
    policies.set(`${policy.namespace}/${policy.name}`, policy);
  const plugins = [...policies.values()].flatMap((policy) => pluginsOf(reader, policy));
  return filtersOf(plugins.filter(({ isServed }) => isServed));
}

/**
 * What is appended to the names of the Gateway's RouteConfigurations. A route enables plugins by name, and a listener that
 * does not have them lets such requests pass without: so with other plugins the routes have another name, and Envoy goes
 * from one set to the next as it goes from one listener to the next, when everything is there.
 */
export function routesSuffix(extensions: readonly FilterIR[]): string {
  return extensions.length === 0 ? '' : `@${contentHash(extensions.map(({ name }) => name).join('\n'))}`;
}

function extensionsBy(reader: Reader, parts: readonly Part[]): RuleExtensions {
  if (parts.some(({ policy }) => isClosed(policy.row))) return { kind: 'respond', status: 500 };
  const extensions: RouteExtensionIR[] = [];
  for (const { policy, types } of parts) {
    for (const { verdict } of pluginsOf(reader, policy, types)) {
      if (verdict.kind === 'respond') return verdict;
      if (verdict.kind === 'runs') extensions.push(verdict.onRoute);
    }
  }
  return { kind: 'run', extensions };
}

/** What a policy says cannot be carried out, or not be read: nobody knows what it was to keep out. */
function isClosed({ metadata, spec }: AttachedPolicy['row']): boolean {
  return spec.unsupported.length > 0 || (spec.unreadable ?? metadata.unreadable) !== undefined;
}

/** Policies of which some HTTPRoute of the Gateway is a target. */
function policiesOfRoutes(reader: Reader, gateway: OurGateway): AttachedPolicy[] {
  const keys = reader.index(routePolicies());
  reader.expect(keys);
  return keys.flatMap((key): AttachedPolicy[] => {
    const { namespace, name } = splitResourceKey(key);
    const row = reader.row('EnvoyExtensionPolicy', namespace, name);
    if (row === undefined) return [];
    const isOurs = targetRoutes(reader, namespace, row).some(
      (route) =>
        sectionsOf(row, routeTarget(route)).length > 0 &&
        route.row.spec.parentRefs.some((ref) => isParent(gateway, ref, route.namespace)),
    );
    return isOurs ? [{ namespace, name, row, sectionName: undefined }] : [];
  });
}

interface Route {
  readonly namespace: string;
  readonly name: string;
  readonly row: HTTPRouteRow;
}

/** HTTPRoutes that a policy may have for targets: those that it names, or all of its namespace when it selects. */
export function targetRoutes(reader: Reader, namespace: string, policy: AttachedPolicy['row']): Route[] {
  const { targetRefs, targetSelectors } = policy.spec;
  const isSelecting = targetSelectors.some(({ kind }) => kind === 'HTTPRoute');
  const names = isSelecting
    ? reader.index(routesIn(namespace)).map((key) => splitResourceKey(key).name)
    : targetRefs.filter(({ kind }) => kind === 'HTTPRoute').map(({ name }) => name);
  return names.flatMap((name) => {
    const row = reader.row('HTTPRoute', namespace, name);
    return row === undefined ? [] : [{ namespace, name, row }];
  });
}

export function routeTarget({ namespace, name, row }: Route): TargetObject {
  return { kind: 'HTTPRoute', namespace, name, labels: row.metadata.labels };
}

export function gatewayTarget({ namespace, name, labels }: OurGateway): TargetObject {
  return { kind: 'Gateway', namespace, name, labels };
}

const none: RuleExtensions = { kind: 'run', extensions: [] };
