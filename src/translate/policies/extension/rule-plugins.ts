import { slotOf } from '../../../units/filter-slot.ts';
import { chainName } from '../../../units/plugin-chain.ts';
import type { RouteChainIR } from '../../ir.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import type { Reader } from '../../reader.ts';
import { effective, type PolicyKind } from '../attachment/effective.ts';
import type { Attached } from '../attachment/in-force.ts';
import type { ListenerSection } from '../attachment/listener-section.ts';
import { chainParts, pluginsOfChain, type ChainPart } from './chain-parts.ts';
import { codeFields, letsCodeIn, mustRunCode, withoutCode } from './plugin-sources.ts';

/** Merges policies by their lists. */
const extensionPolicies: PolicyKind<'EnvoyExtensionPolicy', readonly ChainPart[]> = {
  kind: 'EnvoyExtensionPolicy',
  alone: (policy) => chainParts(policy, undefined),
  merge: (parent, own) => chainParts(own, parent),
};

/** The plugins that run on the requests of one rule of a route, or the answer in their place. */
export type RulePlugins =
  | { readonly kind: 'run'; readonly plugins: RouteChainIR | undefined }
  /** A plugin that must run cannot, or Sluice cannot apply the policy. */
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

/** Decides about the requests of a rule that come by a listener. */
export function rulePlugins(
  reader: Reader,
  gateway: OurGateway,
  attached: Attached,
  listener: ListenerSection,
  rule: string | undefined,
): RulePlugins {
  const found = effective(reader, extensionPolicies, attached, { at: 'rule', listener, rule });
  if (found === undefined) return none;
  const { value: parts, problems } = found;
  const isUnsupported = parts.some(({ policy }) => policy.row.spec.unsupported.length > 0);
  // The policy may have been meant to stop these requests.
  if (isUnsupported || problems.length > 0) return { kind: 'respond', status: 500 };
  const refused = parts.filter(
    ({ policy, types }) => !letsCodeIn(gateway, policy.namespace) && codeFields(policy.row, types).length > 0,
  );
  if (refused.some(mustRunCode)) return { kind: 'respond', status: 500 };
  const left = parts.map((part) => (refused.includes(part) ? withoutCode(part) : part));
  const verdicts = pluginsOfChain(reader, left).map(({ verdict }) => verdict);
  const answer = verdicts.find((verdict) => verdict.kind === 'respond');
  if (answer !== undefined) return answer;
  const [first, second] = parts;
  if (first === undefined || !verdicts.some(({ kind }) => kind === 'runs')) return none;
  // All Gateways share the chain, so it would run code that this one does not permit.
  if (refused.length > 0) return { kind: 'respond', status: 500 };
  const chain = chainName({ own: first.policy, parent: second?.policy });
  return { kind: 'run', plugins: { family: 'plugins', slot: slotOf('plugins', chain), chain } };
}

const none: RulePlugins = { kind: 'run', plugins: undefined };
