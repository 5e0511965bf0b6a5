import { resourceKey, splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { HTTPRouteRow } from '../../kinds/gateway-api/http-route.ts';
import { routesIn } from '../../kinds/indexes.ts';
import { slotOf } from '../../units/filter-slot.ts';
import { chainName } from '../../units/plugin-chain.ts';
import type { RouteChainIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { policiesAt, policyKeys, type AttachedPolicy, type TargetObject } from './extension-policy.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { chainParts, pluginsOfChain } from './plugin-chain.ts';

/** What policies do with the requests of one rule of a route. */
export type RulePlugins =
  /** Mostly none. */
  | { readonly kind: 'run'; readonly plugins: RouteChainIR | undefined }
  /** A plugin that must run cannot, or the policy is not one that Sluice can carry out. */
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

/** What {@link rulePlugins} reads first. */
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
export function rulePlugins(
  reader: Reader,
  ofGateway: readonly AttachedPolicy[],
  listener: string,
  route: { readonly namespace: string; readonly name: string; readonly row: HTTPRouteRow },
): (rule: string | undefined) => RulePlugins {
  const ofRoute = policiesAt(reader, routeTarget(route));
  if (ofRoute.length === 0 && ofGateway.length === 0) return () => none;
  const parent = at(ofGateway, listener) ?? at(ofGateway, undefined);
  const whole = at(ofRoute, undefined);
  return (rule) => {
    const own = (rule === undefined ? undefined : at(ofRoute, rule)) ?? whole;
    return pluginsBy(reader, own, parent);
  };
}

function at(policies: readonly AttachedPolicy[], section: string | undefined): AttachedPolicy | undefined {
  return policies.find(({ sectionName }) => sectionName === section);
}

function pluginsBy(
  reader: Reader,
  own: AttachedPolicy | undefined,
  parent: AttachedPolicy | undefined,
): RulePlugins {
  const parts = chainParts(own, parent);
  const [first, second] = parts;
  if (first === undefined) return none;
  if (parts.some(({ policy }) => isClosed(policy.row))) return { kind: 'respond', status: 500 };
  const verdicts = pluginsOfChain(reader, parts).map(({ verdict }) => verdict);
  const answer = verdicts.find((verdict) => verdict.kind === 'respond');
  if (answer !== undefined) return answer;
  if (!verdicts.some(({ kind }) => kind === 'runs')) return none;
  const chain = chainName({ own: first.policy, parent: second?.policy });
  return { kind: 'run', plugins: { family: 'plugins', slot: slotOf('plugins', chain), chain } };
}

/** What a policy says cannot be carried out, or not be read: nobody knows what it was to keep out. */
function isClosed({ metadata, spec }: AttachedPolicy['row']): boolean {
  return spec.unsupported.length > 0 || (spec.unreadable ?? metadata.unreadable) !== undefined;
}

interface Route {
  readonly namespace: string;
  readonly name: string;
  readonly row: HTTPRouteRow;
}

/** HTTPRoutes that a policy may have for targets: those that it names, or all of its namespace when it selects. */
export function targetRoutes(reader: Reader, namespace: string, policy: AttachedPolicy['row']): Route[] {
  const keys = targetRouteKeys(reader, namespace, policy);
  reader.expect(keys);
  return keys.flatMap((key) => {
    const { name } = splitResourceKey(key);
    const row = reader.row('HTTPRoute', namespace, name);
    return row === undefined ? [] : [{ namespace, name, row }];
  });
}

function targetRouteKeys(
  reader: Reader,
  namespace: string,
  row: AttachedPolicy['row'],
): readonly ResourceKey[] {
  const { targetRefs, targetSelectors } = row.spec;
  if (targetSelectors.some(({ kind }) => kind === 'HTTPRoute')) return reader.index(routesIn(namespace));
  return targetRefs
    .filter(({ kind }) => kind === 'HTTPRoute')
    .map(({ name }) => resourceKey('HTTPRoute', namespace, name));
}

export function routeTarget({ namespace, name, row }: Route): TargetObject {
  return { kind: 'HTTPRoute', namespace, name, labels: row.metadata.labels };
}

export function gatewayTarget({ namespace, name, labels }: OurGateway): TargetObject {
  return { kind: 'Gateway', namespace, name, labels };
}

const none: RulePlugins = { kind: 'run', plugins: undefined };
