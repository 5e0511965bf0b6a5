import type { ListenerParent } from '../../../kinds/indexes.ts';
import type { ClientSpec } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import {
  effectiveListenerSetKey,
  effectiveListenersKey,
  ourGatewayKey,
} from '../../../units/listener-rows.ts';
import type { ListenerState } from '../../../kinds/derived/effective-listeners.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { carriesHttp, hasOwnChain, placeOf } from '../../listeners/protocol.ts';
import { isServed, type ServedListener } from '../../listeners/listener.ts';
import type { Reader } from '../../reader.ts';
import type { Ancestor, PlacedClaim } from '../attachment/ancestors.ts';
import { expectPolicies, nameOf, portPolicies } from './port-policies.ts';
import { defaultHost, socketFields } from './settings.ts';

export interface SharedPorts {
  /** Claims of listeners that share all of HTTP with others, which the policy does not decide. */
  readonly lost: readonly { readonly claim: PlacedClaim; readonly message: string }[];
  /** Fields without effect at listeners that share the socket with others. */
  readonly fields: readonly string[];
}

/** Returns the field for a default host as without effect, where listeners that carry HTTP have no precise hostname. */
export function hostlessFields(reader: Reader, spec: ClientSpec, { ref, parent }: Ancestor): string[] {
  if (spec.http1?.http10?.useDefaultHost !== true) return [];
  const listeners = listenersOf(reader, parent);
  const names = listeners
    .filter(isServed)
    .filter((state) => carriesHttp(state) && defaultHost([state.hostname]) === undefined)
    .map(({ listener }) => listener.name)
    .filter((name) => ref.sectionName === undefined || ref.sectionName === name);
  return names.length === 0 ? [] : [`spec.http1.http10.useDefaultHost at listeners without a hostname`];
}

const nothing: SharedPorts = { lost: [], fields: [] };

/**
 * Finds what a policy of single listeners, or of those of a ListenerSet, cannot decide. Reads nothing for one of a whole
 * Gateway, which decides all. Costs O(listeners of the object).
 */
export function sharedPorts(
  reader: Reader,
  policy: ObjectName,
  spec: ClientSpec,
  { parent, claims }: Ancestor,
): SharedPorts {
  const ofListeners = claims.filter(
    ({ verdict, sectionName }) =>
      verdict === 'inForce' && (sectionName !== undefined || parent.set !== undefined),
  );
  if (ofListeners.length === 0) return nothing;
  const served = listenersOf(reader, parent).filter(isServed);
  const places = ofListeners.map((claim) => ({
    claim,
    states: served.filter(
      ({ listener }) => claim.sectionName === undefined || claim.sectionName === listener.name,
    ),
  }));
  expectPolicies(
    reader,
    parent,
    places.flatMap(({ states }) => states.map(placeOf)),
  );
  const found = places.map(({ claim, states }) =>
    ofClaim(
      claim,
      states.map((state) => sharedAt(reader, policy, spec, parent, state)),
    ),
  );
  return {
    lost: found.flatMap(({ lost }) => lost),
    fields: [...new Set(found.flatMap(({ fields }) => fields))],
  };
}

interface SharedListener {
  /** Reason why the policy decides nothing of HTTP at the listener. */
  readonly lost?: string;
  readonly fields: readonly string[];
}

/** A claim is lost where it decides nothing at any of its listeners. */
function ofClaim(claim: PlacedClaim, listeners: readonly SharedListener[]): SharedPorts {
  const messages = listeners.flatMap(({ lost }) => lost ?? []);
  const [message] = messages;
  if (message !== undefined && messages.length === listeners.length)
    return { lost: [{ claim, message }], fields: [] };
  return { lost: [], fields: [...listeners.flatMap(({ fields }) => fields), ...messages] };
}

function sharedAt(
  reader: Reader,
  policy: ObjectName,
  spec: ClientSpec,
  { namespace, name }: ListenerParent,
  state: ServedListener,
): SharedListener {
  const at = placeOf(state);
  const ofPort = portPolicies(reader, { namespace, name }, at)?.ofPort;
  if (ofPort !== undefined && nameOf(ofPort) === nameOf(policy)) return { fields: [] };
  if (hasOwnChain(state)) {
    const fields = socketFields(spec).map(
      (field) => `${field} at port ${at.port}, which other listeners share`,
    );
    return { fields };
  }
  const message = `listener ${state.listener.name} shares port ${at.port} with others, and Envoy reads the host too late to tell them apart; target the Gateway, or each of them`;
  return { lost: message, fields: [] };
}

function listenersOf(reader: Reader, { namespace, name, set }: ListenerParent): readonly ListenerState[] {
  const rows =
    set === undefined
      ? effectiveListenersKey(namespace, name)
      : effectiveListenerSetKey(namespace, name, set);
  reader.expect([ourGatewayKey(namespace, name), rows]);
  if (readOurGateway(reader, namespace, name) === undefined) return [];
  const row =
    set === undefined
      ? reader.row('EffectiveListeners', namespace, name)
      : reader.row('EffectiveListenerSet', namespace, `${name}/${set.namespace}/${set.name}`);
  return row?.listeners ?? [];
}
