import { contentHash } from '../../../../src/lib/hash.ts';
import { xdsJson } from '../../xds/xds-json.ts';
import { urlOf, type Service } from '../../xds/xds-types.ts';

/** Versions of all that proxies of a Gateway have, or are to have, by unit: `CDS NAME`, `RDS NAME DOMAIN`. */
export type Snapshot = ReadonlyMap<string, string>;

interface Published {
  readonly version: string;
  readonly bytes: Uint8Array;
}

/**
 * The units of one resource. It is one itself, but for a RouteConfiguration, whose virtual hosts come and go one by one.
 */
export function unitsOf(service: Service, name: string, { version, bytes }: Published): [string, string][] {
  if (service !== 'RDS') return [[`${service} ${name}`, version]];
  const prefix = unitPrefix(service, name);
  return domainsOf(version, bytes).map(([domain, hash]) => [`${prefix}${domain}`, hash]);
}

/** Returns what the names of a resource's units begin with. */
export function unitPrefix(service: Service, name: string): string {
  return service === 'RDS' ? `RDS ${name} ` : `${service} ${name}`;
}

export function isUnitOf(unit: string, prefix: string): boolean {
  return prefix.endsWith(' ') ? unit.startsWith(prefix) : unit === prefix;
}

const domains = new Map<string, [string, string][]>();

/** A virtual host as the hash of all but its routes, and the hashes of these. */
export interface HostVersion {
  readonly head: string;
  readonly routes: readonly string[];
}

/** Undefined for a unit that is no virtual host. */
export function hostVersionOf(version: string): HostVersion | undefined {
  const [head = '', routes] = version.split(':');
  return routes === undefined ? undefined : { head, routes: routes === '' ? [] : routes.split(',') };
}

/** Hashes by virtual host. The same bytes come again and again, to every Sluice that is followed. */
function domainsOf(version: string, bytes: Uint8Array): [string, string][] {
  const known = domains.get(version);
  if (known !== undefined) return known;
  const { virtualHosts = [] } = xdsJson(urlOf('RDS'), bytes) as {
    virtualHosts?: { domains: string[]; routes?: object[] }[];
  };
  const found = virtualHosts.map(({ routes = [], ...head }): [string, string] => {
    const [hash, ...hashes] = [head, ...routes].map((part) => contentHash(JSON.stringify(part)));
    return [head.domains.join(), `${hash}:${hashes.join()}`];
  });
  domains.set(version, found);
  return found;
}
