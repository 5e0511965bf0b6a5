import { effectiveListenerKey } from '../../units/listener-rows.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { ReadKey } from '../../lib/key.ts';
import { listenersOfHostname, listenersUnder } from '../indexes.ts';
import { anyHostname, coveringHostnames } from '../shape/hostname.ts';

interface Parent {
  /** The ListenerSet whose listeners are meant; undefined: those of the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly sectionName?: string | undefined;
  readonly unreadable?: object | undefined;
}

/**
 * Returns keys of the listeners that a route may attach to at a Gateway: one row for a sectionName; without one, rows and
 * indexes of the listeners whose hostnames intersect the route's. O(references × labels of the hostnames).
 */
export function routeListenerKeys(
  { namespace, name }: ObjectName,
  parents: readonly Parent[],
  hostnames: readonly string[],
): ReadKey[] {
  const keys: ReadKey[] = [];
  for (const { set, sectionName, unreadable } of parents) {
    if (unreadable !== undefined) continue;
    if (sectionName !== undefined) {
      keys.push(effectiveListenerKey(namespace, name, sectionName, set));
      continue;
    }
    const parent = { namespace, name, set };
    for (const hostname of hostnames.length === 0 ? [anyHostname] : hostnames) {
      if (hostname.startsWith('*')) keys.push(listenersUnder(parent, hostname));
      for (const one of [hostname, ...coveringHostnames(hostname)])
        keys.push(listenersOfHostname(parent, one));
    }
  }
  return [...new Set(keys)];
}
