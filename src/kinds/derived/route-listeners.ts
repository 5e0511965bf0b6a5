import { effectiveListenerKey } from '../../units/listener-rows.ts';
import type { ReadKey } from '../../lib/key.ts';
import { listenersOfHostname, listenersUnder } from '../indexes.ts';
import { anyHostname, coveringHostnames } from '../shape/hostname.ts';

interface Parent {
  readonly sectionName?: string | undefined;
  readonly unreadable?: object | undefined;
}

/**
 * Returns keys of the listeners that a route may attach to at a Gateway: one row for a sectionName; without one, rows and
 * indexes of the listeners whose hostnames intersect the route's. O(references + labels of the hostnames).
 */
export function routeListenerKeys(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  parents: readonly Parent[],
  hostnames: readonly string[],
): ReadKey[] {
  const readable = parents.filter(({ unreadable }) => unreadable === undefined);
  const sections = readable.flatMap(({ sectionName }) => sectionName ?? []);
  const keys: ReadKey[] = sections.map((section) => effectiveListenerKey(namespace, name, section));
  if (sections.length === readable.length) return keys;
  for (const hostname of hostnames.length === 0 ? [anyHostname] : hostnames) {
    if (hostname.startsWith('*')) keys.push(listenersUnder({ namespace, name }, hostname));
    for (const one of [hostname, ...coveringHostnames(hostname)])
      keys.push(listenersOfHostname({ namespace, name }, one));
  }
  return keys;
}
