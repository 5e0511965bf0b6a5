import type { Reader } from '../reader.ts';
import { acceptedCondition } from './acceptance.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { gatewayAddresses, type GatewayAddresses, type StatusAddress } from './gateway-addresses.ts';
import { isManaged, type WholeGateway } from '../attach/ownership.ts';
import { allowsInsecureFallback } from '../listeners/client-authorities.ts';
import { clientAuthoritiesAt } from './client-authorities-at.ts';
import { listenerReport, type ListenerReport, type ListenerStatus } from './listener-report.ts';
import { readGatewayPolicies } from '../policies/attachment/in-force.ts';
import { unsupportedCondition } from '../policies/unsupported/condition.ts';
import { referrerOf } from '../listeners/referrer.ts';
import { gatewayParameters } from './parameters.ts';

export interface GatewayStatus {
  readonly addresses?: readonly StatusAddress[];
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
  /** Is always 0 here: `status/` counts them. Undefined for a Gateway that allows none: older CRDs lack the field. */
  readonly attachedListenerSets?: number;
}

/** Derives the status from API objects; the data plane decides `Programmed`, unless nothing can be programmed. */
export function gatewayReport(reader: Reader, gateway: WholeGateway): GatewayStatus {
  const { generation } = gateway.row.metadata;
  const parameters = gatewayParameters(reader, gateway);
  const clientsAt = clientAuthoritiesAt(reader, gateway);
  const from = referrerOf(gateway.namespace, undefined);
  const listeners = gateway.listeners.map((state) =>
    listenerReport(reader, { generation, from }, state, clientsAt),
  );
  const accepted = acceptedCondition(reader, gateway, parameters, listeners);
  const reached = isManaged(reader) ? gatewayAddresses(reader, gateway, parameters) : undefined;
  return {
    ...(reached === undefined ? {} : { addresses: reached.addresses }),
    conditions: [
      accepted,
      programmed(accepted, listeners, reached, generation),
      ...(reached?.conditions ?? []),
      ...insecureFallback(gateway, generation),
      ...unsupportedCondition(readGatewayPolicies(reader, gateway), generation),
      ...leftOutCondition(gateway.row.leftOut, generation),
    ],
    listeners: listeners.flatMap(({ status }) => status ?? []),
    ...(gateway.row.spec.allowedListeners === undefined ? {} : { attachedListenerSets: 0 }),
  };
}

/** Makes the condition only when True: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditiontype */
function insecureFallback({ frontend }: WholeGateway, generation: number): Condition[] {
  if (!allowsInsecureFallback(frontend)) return [];
  const message = 'spec.tls.frontend: mode AllowInsecureFallback accepts clients without a valid certificate';
  return [condition('InsecureFrontendValidationMode', 'True', generation, 'ConfigurationChanged', message)];
}

/** Leaves `Programmed` to the data plane, unless there is nothing to serve, or clients cannot reach it. */
function programmed(
  accepted: Condition,
  listeners: readonly ListenerReport[],
  reached: GatewayAddresses | undefined,
  generation: number,
): Condition {
  if (accepted.status !== 'True') {
    return condition('Programmed', 'False', generation, 'Invalid', 'the Gateway is not accepted');
  }
  if (listeners.every(({ isDead }) => isDead)) {
    return condition('Programmed', 'False', generation, 'Invalid', 'none of its listeners can be programmed');
  }
  if (reached?.problem !== undefined) {
    const { reason, message } = reached.problem;
    return condition('Programmed', 'False', generation, reason, message);
  }
  return condition('Programmed', 'Unknown', generation, 'Pending', 'waiting for a proxy');
}
