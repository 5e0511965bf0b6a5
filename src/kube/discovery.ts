import { record } from '../kinds/identity.ts';
import type { ApiServer } from './api-server.ts';
import { Fault } from './fault.ts';
import { versionPath, type WatchedResource } from './watched-resource.ts';

/**
 * The first of the kind's versions that the API server serves; undefined when it serves none, which is so as long as
 * its CRD is not installed.
 *
 * A 404 may be of anything that stands between us and the API server, so absence is believed only when the server's
 * own documents leave out the resource, or the version, or the group. Throws a fault when that cannot be found out.
 */
export async function servedVersion(
  api: ApiServer,
  resource: WatchedResource,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { group, versions } = resource;
  if (group === '') throw new Fault('absent', 'the API server says 404');
  const missing: string[] = [];
  for (const version of versions) {
    const document = await api.document(versionPath(resource, version), signal);
    if (document === undefined) missing.push(version);
    else if (names(document, 'APIResourceList', 'resources', 'name').has(resource.plural)) return version;
  }
  if (missing.length === 0) return undefined;
  const all = await api.document('/apis', signal);
  if (all === undefined) throw new Fault('absent', 'the API server says 404 for /apis');
  if (!names(all, 'APIGroupList', 'groups', 'name').has(group)) return undefined;
  const one = await api.document(`/apis/${group}`, signal);
  const served = one === undefined ? new Set() : names(one, 'APIGroup', 'versions', 'version');
  const contradiction = one === undefined || missing.some((version) => served.has(version));
  if (contradiction) throw new Fault('absent', `the API server names ${group} and says 404 for it`);
  return undefined;
}

/** The names in a list of a discovery document; throws when the document is another one. */
function names(document: unknown, kind: string, list: string, field: string): Set<unknown> {
  const object = record(document);
  const items = object?.[list] ?? [];
  if (object?.['kind'] !== kind || !Array.isArray(items))
    throw new Fault('garbled', `the API server's ${kind} cannot be read`);
  return new Set(items.map((item: unknown) => record(item)?.[field]));
}
