import type { ForwardIR, RouteChainIR } from '../../ir.ts';
import type { LimitsIR } from '../../limit-ir.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import type { PlaceOwner } from '../../attach/places.ts';
import type { ReadKey } from '../../../lib/key.ts';
import { effectiveKeys } from '../../policies/attachment/effective.ts';
import type { Attached } from '../../policies/attachment/in-force.ts';
import { listenerSection } from '../../policies/attachment/listener-section.ts';
import { limitsAt } from '../../policies/client-traffic/limit-headers.ts';
import { rulePlugins } from '../../policies/extension/rule-plugins.ts';
import { ruleSecurity, securitiesOf } from '../../policies/security/rule-security.ts';
import { referencesOf, routeSecurity, type RouteSecurity } from '../../policies/security/route-security.ts';
import { withClusters } from '../../policies/traffic/cluster-settings.ts';
import { localLimits } from '../../policies/traffic/local-limits.ts';
import { routeSettings, withAttempts, type RuleName } from '../../policies/traffic/route-settings.ts';
import { ruleTraffic } from '../../policies/traffic/rule-traffic.ts';
import type { Reader } from '../../reader.ts';
import type { TrafficIR } from '../../traffic-ir.ts';

/** Effect of all policies on the requests of a rule. */
export type RulePolicies =
  | {
      readonly kind: 'run';
      readonly plugins: RouteChainIR | undefined;
      readonly traffic: TrafficIR | undefined;
      readonly limits: LimitsIR | undefined;
      readonly security: RouteSecurity | undefined;
      readonly forward: (action: ForwardIR) => ForwardIR;
    }
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

export function rulePolicyKeys(attached: Attached): ReadKey[] {
  return [
    ...effectiveKeys('EnvoyExtensionPolicy', attached),
    ...effectiveKeys('BackendTrafficPolicy', attached),
    ...effectiveKeys('SecurityPolicy', attached),
  ];
}

/** Returns what the policies refer to, once they are there: a round of its own for rules with policies of their own. */
export function rulePolicyReferences(reader: Reader, attached: Attached): ReadKey[] {
  return securitiesOf(reader, attached).flatMap(referencesOf);
}

/** Decides about the requests of a rule that come by a listener. */
export function rulePolicies(
  reader: Reader,
  gateway: OurGateway,
  attached: Attached,
  owner: PlaceOwner,
  rule: RuleName,
): RulePolicies {
  const listener = listenerSection(owner);
  const { port } = owner.listener;
  if (attached.isUnknown) return closed;
  const asked = ruleSecurity(reader, attached, listener, rule.rule);
  if (asked === 'invalid') return closed;
  const security = asked && routeSecurity(reader, asked);
  if (security !== undefined && security.problems.length > 0) return closed;
  if (security !== undefined && security.waiting.length > 0) return waiting;
  const traffic = ruleTraffic(reader, attached, listener, rule.rule);
  if (traffic === 'invalid') return closed;
  const plugins = rulePlugins(reader, gateway, attached, listener, rule.rule);
  if (plugins.kind === 'respond') return plugins;
  if (traffic === undefined)
    return { ...plugins, traffic, limits: undefined, security, forward: (action) => action };
  const settings = routeSettings(reader, traffic, rule, port);
  if (settings === undefined) return closed;
  return {
    ...plugins,
    traffic: settings,
    limits: limitsAt(reader, gateway, attached, owner, localLimits(traffic.spec, traffic.owners)),
    security,
    forward: (action) => withClusters(reader, withAttempts(action, traffic, rule.kind), traffic),
  };
}

const closed: RulePolicies = { kind: 'respond', status: 500 };
const waiting: RulePolicies = { kind: 'respond', status: 503 };
