import type { Reader } from '../reader.ts';
import { clientCertificate } from '../backends/client-certificate.ts';
import { proxyCertificate } from '../backends/gateway-tls.ts';
import { acceptedCondition, telemetryVerdict } from './acceptance.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { gatewayAddresses, type GatewayAddresses, type StatusAddress } from './gateway-addresses.ts';
import { isManaged, type WholeGateway } from '../attach/ownership.ts';
import { allowsInsecureFallback } from '../listeners/client-authorities.ts';
import { clientAuthoritiesAt } from './client-authorities-at.ts';
import { listenerReport, type ListenerReport, type ListenerStatus } from './listener-report.ts';
import { readParentPolicies } from '../policies/attachment/in-force.ts';
import { unsupportedCondition } from '../policies/unsupported/condition.ts';
import { referrerOf } from '../listeners/referrer.ts';
import { gatewayParameters, type Parameters } from './parameters.ts';

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
  const telemetry = telemetryVerdict(reader, gateway, parameters);
  const accepted = acceptedCondition(gateway, parameters, listeners, telemetry);
  const reached = isManaged(reader) ? gatewayAddresses(reader, gateway, parameters) : undefined;
  return {
    ...(reached === undefined ? {} : { addresses: reached.addresses }),
    conditions: [
      accepted,
      programmed(accepted, listeners, reached, generation),
      ...(reached?.conditions ?? []),
      ...insecureFallback(gateway, generation),
      ...resolvedRefs(reader, gateway, parameters, listeners),
      ...unsupportedCondition(readParentPolicies(reader, gateway), generation),
      ...leftOutCondition(gateway.row.leftOut, generation),
    ],
    listeners: listeners.flatMap(({ status }) => status ?? []),
    ...(gateway.row.spec.allowedListeners === undefined ? {} : { attachedListenerSets: 0 }),
  };
}

/**
 * Makes the condition for a Gateway that refers to something besides its listeners; they have conditions of their own.
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditiontype
 */
function resolvedRefs(
  reader: Reader,
  { namespace, row }: WholeGateway,
  parameters: Parameters,
  listeners: readonly ListenerReport[],
): Condition[] {
  const { generation } = row.metadata;
  const found = proxyCertificate(reader, parameters) ?? clientCertificate(reader, namespace, row);
  if (found === undefined) return [];
  if (found.kind === 'invalid') {
    const { reason, message } = found.problem;
    const of = reason === 'RefNotPermitted' ? reason : 'InvalidClientCertificateRef';
    const effect = 'backends over TLS get no requests';
    return [condition('ResolvedRefs', 'False', generation, of, `${message}; until then ${effect}`)];
  }
  const unresolved = listeners.filter(({ status }) =>
    status?.conditions.some(({ type, status: is }) => type === 'ResolvedRefs' && is === 'False'),
  );
  if (unresolved.length > 0) {
    const message = `listener ${unresolved.map(({ name }) => name).join(', ')} (see its conditions)`;
    return [condition('ResolvedRefs', 'False', generation, 'ListenersNotResolved', message)];
  }
  return [condition('ResolvedRefs', 'True', generation, 'ResolvedRefs', 'every reference is resolved')];
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
