import type {
  OurGatewayRow,
  PortListener,
  ValidationScope,
} from '../../kinds/derived/effective-listeners.ts';
import { parametersKind } from '../../kinds/gateway-api/parameters-ref.ts';
import { grantKeys } from '../../kinds/indexes.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import { referrerOf } from './referrer.ts';

export function gatewayHints({ namespace }: ObjectName, gateway: OurGatewayRow): ReadKey[] {
  const { gatewayClass, parametersRef } = gateway;
  return [
    resourceKey('GatewayClass', '', gatewayClass),
    ...(parametersRef === undefined ? [] : [resourceKey(parametersKind.kind, namespace, parametersRef.name)]),
  ];
}

export function certificateHints(
  { namespace }: ObjectName,
  { set, listener }: Pick<PortListener, 'set' | 'listener'>,
): ReadKey[] {
  const from = referrerOf(namespace, set);
  return (listener.tls?.certificateRefs ?? []).flatMap((ref) => secretHints(from, ref));
}

export function authorityHints({ namespace }: ObjectName, { validation }: ValidationScope): ReadKey[] {
  return validation.caCertificateRefs.flatMap((ref) => secretHints(referrerOf(namespace, undefined), ref));
}

interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

function secretHints(from: Referrer, ref: Reference): ReadKey[] {
  if (ref.group !== '' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret')) return [];
  const namespace = ref.namespace ?? from.namespace;
  return [resourceKey(ref.kind, namespace, ref.name), ...grantKeys(from, { ...ref, namespace })];
}
