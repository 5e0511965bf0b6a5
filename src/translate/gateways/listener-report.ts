import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';
import type { JudgedListener } from './acceptance.ts';
import { condition, type Condition } from '../conditions.ts';
import { anyPlace } from '../backends/backend-ref.ts';
import { listenerFilters } from '../listeners/listener-filters.ts';
import type { ClientAuthorities } from '../listeners/client-authorities.ts';
import type { ListenerState } from '../../kinds/derived/effective-listeners.ts';
import { hasOwnName, isServed, type ServedListener } from '../listeners/listener.ts';
import { protocolNames, protocols, routeGroup } from '../listeners/protocol.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import { listenerCertificates, type CertificateProblem } from '../listeners/tls.ts';

export interface ListenerReport extends JudgedListener {
  /** True when nothing of it can be programmed. */
  readonly isDead: boolean;
  /** Undefined for a listener without a name of its own, which a status needs. */
  readonly status: ListenerStatus | undefined;
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  /** Is always 0 here: `status/` knows all routes and fills it in. */
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

/** The object that has the listener. */
export interface ListenerOwner {
  readonly generation: number;
  readonly from: Referrer;
}

/** `clientsAt` returns the CAs for the clients of a port; undefined: they need no certificate. */
export function listenerReport(
  reader: Reader,
  owner: ListenerOwner,
  state: ListenerState,
  clientsAt: (port: number) => ClientAuthorities | undefined,
): ListenerReport {
  const { generation } = owner;
  const verdict = verdictOn(reader, owner, state, clientsAt);
  const dead = reasonOfDeath(verdict);
  const accepted = listenerAccepted(verdict, generation);
  const judged = { isAccepted: accepted.status === 'True', isDead: dead !== undefined };
  // A status has listeners by name: the Gateway reports one without a name, or with that of another.
  if (!hasOwnName(state)) return { ...judged, name: unreadable(state), status: undefined };
  return {
    ...judged,
    name: state.listener.name,
    status: {
      name: state.listener.name,
      supportedKinds: state.supportedKinds.map((kind) => ({ group: routeGroup, kind })),
      attachedRoutes: 0,
      conditions: [
        accepted,
        conflicted(state, generation),
        resolvedRefs(state, verdict.problems, generation),
        dead === undefined
          ? condition('Programmed', 'Unknown', generation, 'Pending', 'waiting for a proxy')
          : condition('Programmed', 'False', generation, reasonOf(state), dead),
        ...overlapping(state, generation),
      ],
    },
  };
}

function unreadable({ listener, position }: ListenerState): string {
  return describeUnreadable(unreadableParts(listener, `spec.listeners[${position}]`));
}

/** Problem of a reference, with the reason of `ResolvedRefs`. */
type ReferenceProblem = Pick<CertificateProblem, 'message'> & {
  readonly reason: CertificateProblem['reason'] | 'InvalidListenerFilterRef';
};

interface Verdict {
  readonly state: ListenerState;
  readonly problems: readonly ReferenceProblem[];
  /** Missing part without which it is not served; undefined: nothing is missing. */
  readonly missing: 'authority' | 'certificate' | undefined;
}

function isSecure(state: ListenerState): state is ServedListener {
  return isServed(state) && protocols[state.protocol].endsTls;
}

function verdictOn(
  reader: Reader,
  owner: ListenerOwner,
  state: ListenerState,
  clientsAt: (port: number) => ClientAuthorities | undefined,
): Verdict {
  const ofFilters = filterProblems(reader, owner, state);
  if (!isSecure(state)) return { state, problems: ofFilters, missing: undefined };
  const { listener, position } = state;
  const { secrets, problems } = listenerCertificates(
    reader,
    owner.from,
    listener,
    `spec.listeners[${position}]`,
  );
  const clients = clientsAt(listener.port);
  return {
    state,
    // References of the Gateway are none of a ListenerSet's: their problems are not for its owner.
    problems: [...(state.set === undefined ? (clients?.problems ?? []) : []), ...problems, ...ofFilters],
    missing: clients?.bundle === '' ? 'authority' : secrets.length === 0 ? 'certificate' : undefined,
  };
}

/** https://gateway-api.sigs.k8s.io/geps/gep-5224/#status-reporting */
function filterProblems(
  reader: Reader,
  { from }: ListenerOwner,
  { listener, position }: ListenerState,
): ReferenceProblem[] {
  const { problems } = listenerFilters(reader, { ...anyPlace, ...from }, listener);
  return problems.map(({ reason, path, message }) => ({
    reason: reason === 'RefNotPermitted' ? reason : 'InvalidListenerFilterRef',
    message: `spec.listeners[${position}].${path}: ${message}; its requests get status 500`,
  }));
}

/** Returns the reason of `Programmed`: of a ListenerSet's listener the conflict, as the official suite has it. */
function reasonOf({ set, conflict }: ListenerState): string {
  return set === undefined || conflict === undefined ? 'Invalid' : conflict;
}

/** Returns the reason why nothing of the listener can be programmed, or undefined. */
function reasonOfDeath({ state, missing }: Verdict): string | undefined {
  if (state.listener.unreadable !== undefined) return 'the listener cannot be read as it is written';
  if (state.conflict !== undefined) return 'the listener is conflicted';
  if (state.protocol === undefined) return 'the protocol is not supported';
  if (missing === 'authority') return 'no CA certificate for clients is usable';
  return missing === 'certificate' ? 'no certificate is usable' : undefined;
}

const served = protocolNames.join(', ');

function listenerAccepted({ state, missing }: Verdict, generation: number): Condition {
  const path = `spec.listeners[${state.position}]`;
  if (state.listener.unreadable !== undefined)
    return condition('Accepted', 'False', generation, 'UnsupportedValue', unreadable(state));
  if (state.conflict !== undefined) {
    const message = `${path}: conflicts with another listener of port ${state.listener.port}`;
    return condition('Accepted', 'False', generation, state.conflict, message);
  }
  if (missing === 'authority') {
    const message = 'no CA certificate is usable, so every client is refused (see ResolvedRefs)';
    return condition('Accepted', 'False', generation, 'NoValidCACertificate', message);
  }
  if (state.protocol !== undefined) {
    return condition('Accepted', 'True', generation, 'Accepted', 'the listener is accepted');
  }
  if (state.listener.protocol === 'HTTPS') {
    const message = `${path}.tls.mode: must be Terminate for protocol HTTPS`;
    return condition('Accepted', 'False', generation, 'UnsupportedValue', message);
  }
  const message = `${path}.protocol: ${state.listener.protocol} is not supported, only ${served} are`;
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
      const message = `${path}.protocol: cannot be on port ${state.listener.port} together with another listener`;
      return condition('Conflicted', 'True', generation, 'ProtocolConflict', message);
    }
  }
}

/** Makes the condition only when True: https://gateway-api.sigs.k8s.io/reference/spec/#listenerconditiontype */
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
  problems: readonly ReferenceProblem[],
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
