import type { GatewayRow } from '../../../kinds/gateway-api/gateway.ts';
import type { ListenerSetRow } from '../../../kinds/gateway-api/listener-set.ts';
import { policiesNaming, selectionKeys } from '../../../kinds/indexes.ts';
import type { LabelPairs } from '../../../kinds/shape/shape.ts';
import type { RouteKind } from '../../../kinds/route-kind.ts';
import type { TargetKind } from '../../../kinds/target-kind.ts';
import type { IndexKey } from '../../../lib/key.ts';
import type { TlsTarget } from '../backend-tls/in-force.ts';
import type { RouteRow } from '../../attach/read-route.ts';

export interface TargetObject {
  readonly kind: TargetKind;
  readonly namespace: string;
  readonly name: string;
  /** Undefined for a kind that nothing selects. */
  readonly labels: LabelPairs | undefined;
  /** Names of its sections: listeners of a Gateway or ListenerSet, rules of a route, ports of a Service or Backend. */
  readonly sections: readonly (string | undefined)[];
}

/** Makes the target of an object that has listeners. */
export function listenersTarget(
  kind: 'Gateway' | 'ListenerSet',
  namespace: string,
  name: string,
  { metadata, spec }: GatewayRow | ListenerSetRow,
): TargetObject {
  const sections = spec.listeners.map((listener) => listener.name);
  return { kind, namespace, name, labels: metadata.labels, sections };
}

export function routeTarget(
  kind: RouteKind,
  namespace: string,
  name: string,
  { metadata, spec }: RouteRow,
): TargetObject {
  const sections = spec.rules.map((rule) => rule.name);
  return { kind, namespace, name, labels: metadata.labels, sections };
}

/** `sections`: names of a Service's ports, or numbers of the ports of a Backend's endpoints. */
export function backendTarget(
  { kind, namespace, name }: TlsTarget,
  sections: readonly string[] = [],
): TargetObject {
  return { kind, namespace, name, labels: undefined, sections };
}

export function policyKeys({ kind, namespace, name, labels }: TargetObject): IndexKey[] {
  const naming = policiesNaming(kind, namespace, name);
  return labels === undefined ? [naming] : [naming, ...selectionKeys(kind, namespace, labels)];
}
