import type { TrafficSpec } from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import type { ChainName } from '../../../units/plugin-chain.ts';
import type { Reader } from '../../reader.ts';
import { effective, type PolicyAt, type PolicyKind } from '../attachment/effective.ts';
import type { Attached } from '../attachment/in-force.ts';
import type { ListenerSection } from '../attachment/listener-section.ts';
import { mergedSpec } from './merged-spec.ts';

/** Settings of the policy in force, with those of its parent when the two merge. */
export interface Traffic {
  readonly spec: TrafficSpec;
  readonly owners: ChainName;
  /** Namespace of the ConfigMaps that the answers refer to. */
  readonly bodiesIn: string;
}

const trafficPolicies: PolicyKind<'BackendTrafficPolicy', Traffic> = {
  kind: 'BackendTrafficPolicy',
  alone: (own) => ({
    spec: own.row.spec,
    owners: { own: nameOf(own), parent: undefined },
    bodiesIn: own.namespace,
  }),
  merge: (parent, own) => ({
    spec: mergedSpec(parent.row.spec, own.row.spec),
    owners: { own: nameOf(own), parent: nameOf(parent) },
    bodiesIn: (own.row.spec.responseOverride === undefined ? parent : own).namespace,
  }),
};

function nameOf({ namespace, name }: PolicyAt<'BackendTrafficPolicy'>) {
  return { namespace, name };
}

/** Returns `invalid` when a part of a policy in force cannot be read: it may be what restricts requests. */
export function ruleTraffic(
  reader: Reader,
  attached: Attached,
  listener: ListenerSection,
  rule: string | undefined,
): Traffic | 'invalid' | undefined {
  const found = effective(reader, trafficPolicies, attached, { at: 'rule', listener, rule });
  return found !== undefined && found.problems.length > 0 ? 'invalid' : found?.value;
}
