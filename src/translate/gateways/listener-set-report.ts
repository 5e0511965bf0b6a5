import type { EffectiveListenerSetRow } from '../../kinds/derived/effective-listeners.ts';
import { parentGateway, type ListenerSetRow } from '../../kinds/gateway-api/listener-set.ts';
import type { Problem } from '../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import { effectiveListenerSetKey, ourGatewayKey } from '../../units/listener-rows.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { readOurGateway } from '../attach/ownership.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { referrerOf } from '../listeners/referrer.ts';
import type { Reader } from '../reader.ts';
import { clientAuthoritiesAt } from './client-authorities-at.ts';
import { listenerReport, type ListenerReport, type ListenerStatus } from './listener-report.ts';

export interface ListenerSetStatus {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
}

export interface ListenerSetReport {
  readonly status: ListenerSetStatus;
  /** The Gateway, when the ListenerSet is attached to it. */
  readonly gateway: ObjectName | undefined;
}

/**
 * Derives the status from API objects; the state of its Gateway completes it. Undefined when no Gateway of this
 * controller is its parent. Costs O(its listeners and their certificates).
 * https://gateway-api.sigs.k8s.io/geps/gep-1713/#listenerset-conditions
 */
export function listenerSetReport(
  reader: Reader,
  namespace: string,
  name: string,
): ListenerSetReport | undefined {
  const set = reader.row('ListenerSet', namespace, name);
  const parent = set && parentGateway(set, namespace);
  if (set === undefined || parent === undefined) return undefined;
  reader.expect([
    ourGatewayKey(parent.namespace, parent.name),
    effectiveListenerSetKey(parent.namespace, parent.name, { namespace, name }),
  ]);
  const gateway = readOurGateway(reader, parent.namespace, parent.name);
  if (gateway === undefined) return undefined;
  const effective = reader.row(
    'EffectiveListenerSet',
    parent.namespace,
    `${parent.name}/${namespace}/${name}`,
  );
  const { generation } = set.metadata;
  if (effective === undefined) {
    const message = `spec.allowedListeners of Gateway ${parent.namespace}/${parent.name} does not allow it`;
    return {
      status: { conditions: both(generation, 'NotAllowed', message), listeners: [] },
      gateway: undefined,
    };
  }
  const listeners = listenersOf(reader, parent.namespace, { namespace, name }, generation, effective);
  const accepted = acceptedCondition(set, listeners);
  const isAccepted = accepted.status === 'True';
  const programmed = isAccepted
    ? condition('Programmed', 'Unknown', generation, 'Pending', 'waiting for a proxy')
    : { ...accepted, type: 'Programmed' };
  return {
    status: {
      conditions: [accepted, programmed, ...leftOutCondition(set.leftOut, generation)],
      listeners: listeners.flatMap(({ status }) => status ?? []),
    },
    gateway: isAccepted ? parent : undefined,
  };
}

function listenersOf(
  reader: Reader,
  gatewayNamespace: string,
  set: ObjectName,
  generation: number,
  { frontend, listeners }: EffectiveListenerSetRow,
): ListenerReport[] {
  const clientsAt = clientAuthoritiesAt(reader, { namespace: gatewayNamespace, frontend });
  const owner = { generation, from: referrerOf(gatewayNamespace, set) };
  return listeners.map((state) => listenerReport(reader, owner, state, clientsAt));
}

/** Accepts a ListenerSet with one valid listener, whose references are resolved. */
function acceptedCondition(
  { metadata, spec }: ListenerSetRow,
  listeners: readonly ListenerReport[],
): Condition {
  const { generation } = metadata;
  const unreadable: Problem[] = [
    ...unreadableParts(metadata, 'metadata'),
    ...unreadableParts({ ...spec, listeners: [] }, 'spec'),
  ];
  if (unreadable.length > 0)
    return condition('Accepted', 'False', generation, 'Invalid', describeUnreadable(unreadable));
  const valid = listeners.filter(isValid).map((listener) => listener.name);
  const invalid = listeners.filter((listener) => !isValid(listener)).map((listener) => listener.name);
  if (invalid.length === 0)
    return condition('Accepted', 'True', generation, 'Accepted', 'every listener is accepted');
  const status = valid.length > 0 ? 'True' : 'False';
  const rest = valid.length > 0 ? valid.join(', ') : 'none';
  const message = `not accepted: listener ${invalid.join(', ')} (see its conditions); accepted: ${rest}`;
  return condition('Accepted', status, generation, 'ListenersNotValid', message);
}

function both(generation: number, reason: string, message: string): Condition[] {
  return (['Accepted', 'Programmed'] as const).map((type) =>
    condition(type, 'False', generation, reason, message),
  );
}

function isValid({ isAccepted, isDead }: ListenerReport): boolean {
  return isAccepted && !isDead;
}
