import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { attachedPoliciesKey } from '../../units/attached-policies-key.ts';
import { fleetOf } from '../../units/fleet-key.ts';
import { effectiveListenerSetKey, ourGatewayKey } from '../../units/listener-rows.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import { listenerSetsOf, policiesNaming, selectionKeys } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { groupName, kindName, labelledMetadata, namespaceName, objectName } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';
import { listeners } from './listener.ts';

const gatewayGroup = 'gateway.networking.k8s.io';

const nothing = { group: '', kind: '', namespace: undefined, name: '' };

/** A reference that cannot be read names no Gateway. */
const parentGatewayReference = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName.default('Gateway'),
    namespace: namespaceName.optional(),
    name: objectName,
  },
  nothing,
).transform((ref) => (ref.unreadable === undefined ? ref : { ...ref, kind: '' }));

const listenerSetObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant({ parentRef: parentGatewayReference, listeners }, { parentRef: nothing, listeners: [] }),
});

const listenerSet = namingLeftOut(listenerSetObject);

export type ListenerSetRow = z.infer<typeof listenerSet>;

export const listenerSetKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'ListenerSet',
    versions: ['v1'],
    plural: 'listenersets',
    scope: 'namespaced',
    role: 'gateway',
    status: {
      fields: { conditions: 'conditions', listeners: 'listeners' },
      waiting: ['Accepted', 'Programmed'],
    },
  },
  listenerSet,
  links,
);

/** Returns the Gateway that a ListenerSet of `home` names as its parent, if it names one. */
export function parentGateway({ spec }: ListenerSetRow, home: string): ObjectName | undefined {
  const { group, kind, namespace = home, name } = spec.parentRef;
  return group === gatewayGroup && kind === 'Gateway' ? { namespace, name } : undefined;
}

function links(row: ListenerSetRow, namespace: string, name: string): Links {
  const set = resourceKey('ListenerSet', namespace, name);
  const gateway = parentGateway(row, namespace);
  if (gateway === undefined) return { indexes: [], units: [objectUnit(set)], follow: [] };
  return {
    indexes: [listenerSetsOf(gateway.namespace, gateway.name)],
    units: [
      objectUnit(set),
      unitName({ kind: 'ListenerSetGateway', namespace, name }),
      unitName({ kind: 'AttachedPolicies', ...gateway, target: set }),
      unitName({ kind: 'AttachedListenerSet', ...gateway, set }),
    ],
    fleet: fleetOf(`${gateway.namespace}/${gateway.name}`),
    follow: [
      ourGatewayKey(gateway.namespace, gateway.name),
      effectiveListenerSetKey(gateway.namespace, gateway.name, { namespace, name }),
      attachedPoliciesKey(gateway.namespace, gateway.name, set),
      policiesNaming('ListenerSet', namespace, name),
      ...selectionKeys('ListenerSet', namespace, row.metadata.labels),
    ],
  };
}
