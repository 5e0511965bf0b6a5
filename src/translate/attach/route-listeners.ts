import type { EffectiveListenerRow } from '../../kinds/derived/effective-listeners.ts';
import { routeListenerKeys } from '../../kinds/derived/route-listeners.ts';
import type { ParentReference } from '../../kinds/gateway-api/parent-ref.ts';
import { isIndexKey, type ReadKey, type ResourceKey } from '../../lib/key.ts';
import type { Reader } from '../reader.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { ParentAt } from './listener-set-parents.ts';
import type { OurGateway } from './ownership.ts';

/** References of a route to one Gateway. */
export interface RouteParents {
  readonly gateway: OurGateway;
  readonly refs: readonly ParentAt[];
}

/** Reads the listeners that these references may attach to, in two round trips. Costs O(those listeners). */
export function readRouteListeners(
  reader: Reader,
  parents: readonly RouteParents[],
  hostnames: readonly string[],
): EffectiveListenerRow[][] {
  const keys = parents.map(({ gateway, refs }) => routeListenerKeys(gateway, refs, hostnames));
  reader.expect(keys.flat());
  const members = keys.map((some) => membersOf(reader, some));
  reader.expect(members.flat());
  return members.map((some) => some.flatMap((key) => listenerAt(reader, key) ?? []));
}

/** Returns the listeners of the Gateway, or of one of its ListenerSets. */
export function readAllListeners(
  reader: Reader,
  gateway: OurGateway,
  set: ObjectName | undefined,
): EffectiveListenerRow[] {
  const [all = []] = readRouteListeners(reader, [{ gateway, refs: [{ ...anySection, set }] }], []);
  return all;
}

const anySection: ParentReference = { group: '', kind: '', name: '' };

function membersOf(reader: Reader, keys: readonly ReadKey[]): ResourceKey[] {
  const members = keys.flatMap((key) => (isIndexKey(key) ? reader.index(key) : [key]));
  return [...new Set(members)].sort();
}

function listenerAt(reader: Reader, key: ResourceKey): EffectiveListenerRow | undefined {
  const [, namespace = '', ...name] = key.split('/');
  return reader.row('EffectiveListener', namespace, name.join('/'));
}
