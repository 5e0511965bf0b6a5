import type { Address } from '../../kinds/shape/address.ts';
import type { Reader } from '../reader.ts';
import { acceptedCondition } from './acceptance.ts';
import { condition, type Condition } from '../conditions.ts';
import { gatewayAddresses, type GatewayAddresses } from './gateway-addresses.ts';
import { isServed, type ListenerState } from '../listeners/listener.ts';
import { protocols, routeGroup } from '../listeners/protocol.ts';
import { isManaged, type OurGateway } from '../attach/ownership.ts';
import { gatewayParameters } from './parameters.ts';
import { listenerCertificates, type CertificateProblem } from '../listeners/tls.ts';

export interface GatewayStatus {
  /** Only for Gateways whose proxies Sluice runs. */
  readonly addresses?: readonly Address[];
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  /** Always 0 here: the stage that knows all routes fills it in. */
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

/**
 * Wanted status of a Gateway. `Accepted`, `Conflicted` and `ResolvedRefs` follow from API objects alone, so they are the same
 * whether a proxy runs or not; `Programmed` is for the data plane to say, unless nothing can ever be programmed.
 */
export function gatewayReport(reader: Reader, gateway: OurGateway): GatewayStatus {
  const { generation } = gateway.row.metadata;
  const parameters = gatewayParameters(reader, gateway);
  const accepted = acceptedCondition(reader, gateway, parameters);
  const reached = isManaged(reader) ? gatewayAddresses(reader, gateway, parameters) : undefined;
  const details = gateway.listeners.map((state) => listenerDetail(reader, gateway, state));
  return {
    ...(reached === undefined ? {} : { addresses: reached.addresses }),
    conditions: [accepted, programmed(accepted, details, reached, generation)],
    listeners: details.map((detail) => listenerStatus(detail, generation)),
  };
}

/** Open for the data plane to decide, unless there is nothing for it, or it is known that no client can reach it. */
function programmed(
  accepted: Condition,
  listeners: readonly ListenerDetail[],
  reached: GatewayAddresses | undefined,
  generation: number,
): Condition {
  if (accepted.status !== 'True') {
    return condition('Programmed', 'False', generation, 'Invalid', 'the Gateway is not accepted');
  }
  if (listeners.every(({ dead }) => dead !== undefined)) {
    return condition('Programmed', 'False', generation, 'Invalid', 'none of its listeners can be programmed');
  }
  if (reached?.problem !== undefined) {
    const { reason, message } = reached.problem;
    return condition('Programmed', 'False', generation, reason, message);
  }
  return condition('Programmed', 'Unknown', generation, 'Pending', 'waiting for a proxy');
}

interface ListenerDetail {
  readonly state: ListenerState;
  readonly certificateProblems: readonly CertificateProblem[];
  /** Why nothing of the listener can be programmed, or undefined. */
  readonly dead: string | undefined;
}

function listenerDetail(reader: Reader, gateway: OurGateway, state: ListenerState): ListenerDetail {
  if (!isServed(state)) {
    const dead =
      state.conflict === undefined ? 'the protocol is not supported' : 'the listener is conflicted';
    return { state, certificateProblems: [], dead };
  }
  if (state.protocol === 'HTTP') return { state, certificateProblems: [], dead: undefined };
  const { secrets, problems } = listenerCertificates(reader, gateway, state);
  const dead = secrets.length === 0 ? 'no certificate is usable' : undefined;
  return { state, certificateProblems: problems, dead };
}

function listenerStatus(
  { state, certificateProblems, dead }: ListenerDetail,
  generation: number,
): ListenerStatus {
  return {
    name: state.listener.name,
    supportedKinds: state.supportedKinds.map((kind) => ({ group: routeGroup, kind })),
    attachedRoutes: 0,
    conditions: [
      listenerAccepted(state, generation),
      conflicted(state, generation),
      resolvedRefs(state, certificateProblems, generation),
      dead === undefined
        ? condition('Programmed', 'Unknown', generation, 'Pending', 'waiting for a proxy')
        : condition('Programmed', 'False', generation, 'Invalid', dead),
      ...overlapping(state, generation),
    ],
  };
}

const served = Object.keys(protocols).join(' and ');

function listenerAccepted(state: ListenerState, generation: number): Condition {
  const path = `spec.listeners[${state.position}]`;
  if (state.conflict !== undefined) {
    const message = `${path}: conflicts with another listener of port ${state.listener.port}`;
    return condition('Accepted', 'False', generation, state.conflict, message);
  }
  if (state.protocol !== undefined) {
    return condition('Accepted', 'True', generation, 'Accepted', 'the listener is accepted');
  }
  if (state.listener.protocol === 'HTTPS') {
    const message = `${path}.tls.mode: must be Terminate for protocol HTTPS`;
    return condition('Accepted', 'False', generation, 'UnsupportedValue', message);
  }
  const message = `${path}.protocol: ${state.listener.protocol} is not supported, ${served} are`;
  return condition('Accepted', 'False', generation, 'UnsupportedProtocol', message);
}

function conflicted(state: ListenerState, generation: number): Condition {
  const path = `spec.listeners[${state.position}]`;
  switch (state.conflict) {
    case undefined:
      return condition('Conflicted', 'False', generation, 'NoConflicts', 'no other listener conflicts');
    case 'HostnameConflict': {
      const message = `${path}.hostname: another listener of port ${state.listener.port} has the same hostname`;
      return condition('Conflicted', 'True', generation, 'HostnameConflict', message);
    }
    case 'ProtocolConflict': {
      const message = `${path}.protocol: another listener of port ${state.listener.port} has another protocol`;
      return condition('Conflicted', 'True', generation, 'ProtocolConflict', message);
    }
  }
}

/** Only where it is True, as the API asks: https://gateway-api.sigs.k8s.io/reference/spec/#listenerconditiontype */
function overlapping(state: ListenerState, generation: number): Condition[] {
  const { overlapping: others } = state;
  if (others.length === 0) return [];
  const named = others.slice(0, maxNamed).join(', ');
  const rest = others.length > maxNamed ? ` and ${others.length - maxNamed} more` : '';
  const message =
    `spec.listeners[${state.position}].hostname: shares names with listener ${named}${rest}; ` +
    'an HTTP/2 client may send requests for one over a connection to the other, and is answered 421';
  return [condition('OverlappingTLSConfig', 'True', generation, 'OverlappingHostnames', message)];
}

/** Enough to find them, in a message that is bounded. */
const maxNamed = 8;

function resolvedRefs(
  state: ListenerState,
  problems: readonly CertificateProblem[],
  generation: number,
): Condition {
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map((problem) => problem.message).join('; ');
    return condition('ResolvedRefs', 'False', generation, first.reason, message);
  }
  if (state.invalidKinds && state.protocol !== undefined) {
    const taken = protocols[state.protocol].routes.join(', ');
    const message = `spec.listeners[${state.position}].allowedRoutes.kinds: only ${taken} can attach`;
    return condition('ResolvedRefs', 'False', generation, 'InvalidRouteKinds', message);
  }
  return condition('ResolvedRefs', 'True', generation, 'ResolvedRefs', 'every reference is resolved');
}
