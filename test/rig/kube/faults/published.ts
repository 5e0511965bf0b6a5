import { contentHash } from '../../../../src/lib/hash.ts';
import { xdsJson } from '../../xds/xds-json.ts';
import { urlOf, type Service } from '../../xds/xds-types.ts';

/** Versions of a Gateway's resources by unit: `CDS NAME`, `RDS NAME DOMAIN`. */
export type Snapshot = ReadonlyMap<string, string>;

interface Published {
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** A resource is a unit, but a RouteConfiguration has one for each virtual host. */
export function unitsOf(service: Service, name: string, { version, bytes }: Published): [string, string][] {
  if (service !== 'RDS') return [[`${service} ${name}`, version]];
  const prefix = unitPrefix(service, name);
  return domainsOf(version, bytes).map(([domain, hash]) => [`${prefix}${domain}`, hash]);
}

export function unitPrefix(service: Service, name: string): string {
  return service === 'RDS' ? `RDS ${name} ` : `${service} ${name}`;
}

export function isUnitOf(unit: string, prefix: string): boolean {
  return prefix.endsWith(' ') ? unit.startsWith(prefix) : unit === prefix;
}

const domains = new Map<string, [string, string][]>();

/** Hash of all but the routes, and the hashes of these. */
export interface HostVersion {
  readonly head: string;
  readonly routes: readonly string[];
}

/** Undefined for a unit that is no virtual host. */
export function hostVersionOf(version: string): HostVersion | undefined {
  const [head = '', routes] = version.split(':');
  return routes === undefined ? undefined : { head, routes: routes === '' ? [] : routes.split(',') };
}

/** Hashes by virtual host, kept, as every Sluice receives the same bytes. */
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
