import {
  effectiveListenersKey,
  type EffectiveListenersRow,
} from '../../kinds/derived/effective-listeners.ts';
import { parametersKind } from '../../kinds/gateway-api/parameters-ref.ts';
import { grantKeys, policiesNaming, selectionKeys } from '../../kinds/indexes.ts';
import { encodeJson } from '../../kinds/json-row.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { readOwnGateway } from '../attach/ownership.ts';
import type { Reader } from '../reader.ts';
import { listenerStates } from './listener.ts';

/** The derived row of a Gateway's listeners: none for a Gateway that is not ours. */
export function effectiveListeners(reader: Reader, { namespace, name }: ObjectName): DerivedRow[] {
  const gateway = readOwnGateway(reader, namespace, name);
  if (gateway === undefined) return [];
  const { gatewayClassName, infrastructure, unreadable = [] } = gateway.spec;
  const row: EffectiveListenersRow = {
    gatewayClass: gatewayClassName,
    parametersRef: infrastructure.parametersRef,
    unreadableInfrastructure: unreadable.filter(({ path }) => path.startsWith('infrastructure')),
    labels: gateway.metadata.labels,
    frontend: gateway.spec.tls?.frontend,
    listeners: listenerStates(gateway),
  };
  const follow = [...hints(row, namespace, name)];
  return [{ key: effectiveListenersKey(namespace, name), bytes: encodeJson(row), indexes: [], follow }];
}

function* hints(
  { gatewayClass, parametersRef, labels, frontend, listeners }: EffectiveListenersRow,
  namespace: string,
  gateway: string,
): Generator<ReadKey> {
  yield policiesNaming('Gateway', namespace, gateway);
  yield* selectionKeys('Gateway', namespace, labels);
  yield resourceKey('GatewayClass', '', gatewayClass);
  if (parametersRef !== undefined) yield resourceKey(parametersKind.kind, namespace, parametersRef.name);
  const { default: byDefault, perPort = [] } = frontend ?? {};
  const validations = [byDefault, ...perPort.map(({ tls }) => tls)].map((tls) => tls?.validation);
  for (const ref of [
    ...listeners.flatMap(({ listener }) => listener.tls?.certificateRefs ?? []),
    ...validations.flatMap((validation) => validation?.caCertificateRefs ?? []),
  ]) {
    if (ref.group !== '' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret')) continue;
    const home = ref.namespace ?? namespace;
    yield resourceKey(ref.kind, home, ref.name);
    yield* grantKeys({ id: 'gateway.networking.k8s.io/Gateway', namespace }, { ...ref, namespace: home });
  }
}
