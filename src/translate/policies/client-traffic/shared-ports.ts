import { splitResourceKey } from '../../../lib/key.ts';
import type { ClientSpec } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import { effectiveListenersKey, ourGatewayKey } from '../../../units/listener-rows.ts';
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
export function hostlessFields(reader: Reader, spec: ClientSpec, { ref }: Ancestor): string[] {
  if (spec.http1?.http10?.useDefaultHost !== true) return [];
  const listeners = listenersOf(reader, ref);
  const names = listeners
    .filter(isServed)
    .filter((state) => carriesHttp(state) && defaultHost([state.hostname]) === undefined)
    .map(({ listener }) => listener.name)
    .filter((name) => ref.sectionName === undefined || ref.sectionName === name);
  return names.length === 0 ? [] : [`spec.http1.http10.useDefaultHost at listeners without a hostname`];
}

const nothing: SharedPorts = { lost: [], fields: [] };

/** Finds what a policy of single listeners cannot decide. Reads nothing for one of a whole Gateway, which decides all. */
export function sharedPorts(
  reader: Reader,
  policy: ObjectName,
  spec: ClientSpec,
  { ref, claims }: Ancestor,
): SharedPorts {
  const ofListeners = claims.filter(
    ({ verdict, sectionName, object }) =>
      verdict === 'inForce' && sectionName !== undefined && splitResourceKey(object).kind === 'Gateway',
  );
  if (ofListeners.length === 0) return nothing;
  const listeners = listenersOf(reader, ref);
  const served = new Map(listeners.filter(isServed).map((state) => [state.listener.name, state]));
  const places = ofListeners.flatMap((claim) => {
    const state = served.get(claim.sectionName ?? '');
    return state === undefined ? [] : { claim, state };
  });
  expectPolicies(
    reader,
    ref,
    places.map(({ state }) => placeOf(state)),
  );
  const found = places.map(({ claim, state }) => sharedAt(reader, policy, spec, ref, claim, state));
  return {
    lost: found.flatMap(({ lost }) => lost),
    fields: [...new Set(found.flatMap(({ fields }) => fields))],
  };
}

function sharedAt(
  reader: Reader,
  policy: ObjectName,
  spec: ClientSpec,
  gateway: ObjectName,
  claim: PlacedClaim,
  state: ServedListener,
): SharedPorts {
  const at = placeOf(state);
  const ofPort = portPolicies(reader, gateway, at)?.ofPort;
  if (ofPort !== undefined && nameOf(ofPort) === nameOf(policy)) return nothing;
  if (hasOwnChain(state)) {
    const fields = socketFields(spec).map(
      (field) => `${field} at port ${at.port}, which other listeners share`,
    );
    return { lost: [], fields };
  }
  const message = `listener ${state.listener.name} shares port ${at.port} with others, and Envoy reads the host too late to tell them apart; target the Gateway, or each of them`;
  return { lost: [{ claim, message }], fields: [] };
}

function listenersOf(reader: Reader, { namespace, name }: ObjectName): readonly ListenerState[] {
  reader.expect([ourGatewayKey(namespace, name), effectiveListenersKey(namespace, name)]);
  if (readOurGateway(reader, namespace, name) === undefined) return [];
  return reader.row('EffectiveListeners', namespace, name)?.listeners ?? [];
}
