import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { parentGateway } from '../../kinds/gateway-api/listener-set.ts';
import { listenerSetsOf } from '../../kinds/indexes.ts';
import { resourceKey, splitResourceKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { compareText } from '../attach/compare-text.ts';
import { letsIn } from '../attach/namespaces.ts';
import type { Reader } from '../reader.ts';
import type { ListenerGroup } from './listener.ts';

/**
 * Returns the ListenerSets that a Gateway allows, in the order of their precedence: the oldest first, then by name. One
 * from a file has no age and is the oldest. Costs O(ListenerSets of the Gateway); reads none unless it allows some.
 * https://gateway-api.sigs.k8s.io/geps/gep-1713/#listener-precedence
 */
export function allowedSets(reader: Reader, of: ObjectName, gateway: GatewayRow): ListenerGroup[] {
  const namespaces = gateway.spec.allowedListeners?.namespaces ?? { from: 'None' };
  if (namespaces.from === 'None') return [];
  const keys = reader.index(listenerSetsOf(of.namespace, of.name));
  const homes = new Set(keys.map((key) => splitResourceKey(key).namespace));
  const isBySelector = namespaces.from === 'Selector';
  reader.expect([
    ...keys,
    ...(isBySelector ? [...homes].map((home) => resourceKey('Namespace', '', home)) : []),
  ]);
  const letIn = new Set([...homes].filter((home) => letsIn(reader, namespaces, of.namespace, home)));
  return keys
    .flatMap((key) => {
      const { namespace, name } = splitResourceKey(key);
      const row = letIn.has(namespace) ? reader.row('ListenerSet', namespace, name) : undefined;
      if (row === undefined || parentGateway(row, namespace) === undefined) return [];
      const { creationTimestamp, unreadable } = row.metadata;
      const age = unreadable === undefined ? creationTimestamp : youngest;
      return [{ set: { namespace, name }, listeners: row.spec.listeners, age }];
    })
    .sort(
      (a, b) =>
        compareText(a.age, b.age) ||
        compareText(`${a.set.namespace}/${a.set.name}`, `${b.set.namespace}/${b.set.name}`),
    );
}

/** Stands behind every time: an age that cannot be read takes no listener from others. */
const youngest = '~';
