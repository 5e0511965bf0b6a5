import { contentHash } from '../../../../src/lib/hash.ts';
import { xdsJson } from '../../xds/xds-json.ts';
import { urlOf, type Service } from '../../xds/xds-types.ts';

/** Versions of a Gateway's resources: `CDS NAME`, `VHDS NAME`. That of a VirtualHost is a {@link HostVersion}. */
export type Snapshot = ReadonlyMap<string, string>;

interface Published {
  readonly version: string;
  readonly bytes: Uint8Array;
}

export function resourceName(service: Service, name: string): string {
  return `${service} ${name}`;
}

export function versionOf(service: Service, { version, bytes }: Published): string {
  return service === 'VHDS' ? hostVersion(version, bytes) : version;
}

const hostVersions = new Map<string, string>();

/** Hash of all but the routes, and the hashes of these. */
export interface HostVersion {
  readonly head: string;
  readonly routes: readonly string[];
}

/** Undefined for a resource that is no VirtualHost. */
export function hostVersionOf(version: string): HostVersion | undefined {
  const [head = '', routes] = version.split(':');
  return routes === undefined ? undefined : { head, routes: routes === '' ? [] : routes.split(',') };
}

/** Hashes by version, kept, as every Sluice receives the same bytes. */
function hostVersion(version: string, bytes: Uint8Array): string {
  const known = hostVersions.get(version);
  if (known !== undefined) return known;
  const { routes = [], ...head } = xdsJson(urlOf('VHDS'), bytes) as { routes?: object[] };
  const [hash, ...hashes] = [head, ...routes].map((part) => contentHash(JSON.stringify(part)));
  const found = `${hash}:${hashes.join()}`;
  hostVersions.set(version, found);
  return found;
}
