import type {
  OurGatewayRow,
  PortListener,
  ValidationScope,
} from '../../kinds/derived/effective-listeners.ts';
import { parametersKind } from '../../kinds/gateway-api/parameters-ref.ts';
import { grantKeys } from '../../kinds/indexes.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';

export function gatewayHints({ namespace }: ObjectName, gateway: OurGatewayRow): ReadKey[] {
  const { gatewayClass, parametersRef } = gateway;
  return [
    resourceKey('GatewayClass', '', gatewayClass),
    ...(parametersRef === undefined ? [] : [resourceKey(parametersKind.kind, namespace, parametersRef.name)]),
  ];
}

export function certificateHints(of: ObjectName, { listener }: Pick<PortListener, 'listener'>): ReadKey[] {
  return (listener.tls?.certificateRefs ?? []).flatMap((ref) => secretHints(of, ref));
}

export function authorityHints(of: ObjectName, { validation }: ValidationScope): ReadKey[] {
  return validation.caCertificateRefs.flatMap((ref) => secretHints(of, ref));
}

interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

function secretHints({ namespace: home }: ObjectName, ref: Reference): ReadKey[] {
  if (ref.group !== '' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret')) return [];
  const namespace = ref.namespace ?? home;
  const from = { id: 'gateway.networking.k8s.io/Gateway', namespace: home };
  return [resourceKey(ref.kind, namespace, ref.name), ...grantKeys(from, { ...ref, namespace })];
}
