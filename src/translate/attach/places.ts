import type { EffectiveListenerRow, ServedProtocol } from '../../kinds/derived/effective-listeners.ts';
import { servedListenersAt } from '../../kinds/indexes.ts';
import { anyHostname, covers, coveringHostnames } from '../../kinds/shape/hostname.ts';
import type { IndexKey } from '../../lib/key.ts';
import { isServed } from '../listeners/listener.ts';
import type { Reader } from '../reader.ts';
import { attachedListeners, type AttachingRoute } from './attachment.ts';
import type { OurGateway } from './ownership.ts';

/** A domain that a route serves, and the listener whose requests for it are meant. */
export interface Place {
  readonly owner: PlaceOwner;
  readonly domain: string;
}

export type PlaceOwner = EffectiveListenerRow & { readonly protocol: ServedProtocol };

/**
 * Envoy gives a request to the VirtualHost with the most specific domain and to no other: a route's domains are its own
 * hostnames, at the listener that owns the name, and hostnames of listeners that one of its own covers. The most specific
 * listener of a port owns a domain; routes of no other may answer its requests ("Listener Isolation").
 */
export function placesOf(reader: Reader, gateway: OurGateway, route: AttachingRoute): Place[] {
  const own = new Set(route.hostnames.length === 0 ? [anyHostname] : route.hostnames);
  const places = attachedListeners(reader, gateway, route)
    .filter(isServed)
    .flatMap((owner) => domainsAt(owner, own).map((domain) => ({ owner, domain })));
  const narrower = new Map(places.map((place) => [place, narrowerAt(gateway, place)]));
  reader.expect([...narrower.values()].flat());
  return places.filter((place) => narrower.get(place)?.every((key) => reader.index(key).length === 0));
}

function domainsAt({ hostname }: PlaceOwner, own: ReadonlySet<string>): string[] {
  const covered = [...own].filter((domain) => covers(hostname, domain));
  const isCovered = !own.has(hostname) && own.values().some((domain) => covers(domain, hostname));
  return isCovered ? [...covered, hostname] : covered;
}

/** Returns the indexes of more specific listeners of the port that would own the domain. O(labels of the domain). */
function narrowerAt({ namespace, name }: OurGateway, { owner, domain }: Place): IndexKey[] {
  if (!owner.isDivided || domain === owner.hostname) return [];
  const hostnames = [domain, ...coveringHostnames(domain)];
  return hostnames
    .slice(0, hostnames.indexOf(owner.hostname))
    .map((hostname) => servedListenersAt(namespace, name, owner.listener.port, hostname));
}
