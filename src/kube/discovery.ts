import { record } from '../kinds/identity.ts';
import type { ApiServer } from './api-server.ts';
import { Fault } from './fault.ts';
import { versionPath, type WatchedResource } from './watched-resource.ts';

/**
 * Returns the first of the kind's versions that the API server serves, or undefined when its CRD is not installed.
 * Throws a fault for a lone 404, which may come from a proxy in between: all discovery documents must agree.
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

function names(document: unknown, kind: string, list: string, field: string): Set<unknown> {
  const object = record(document);
  const items = object?.[list] ?? [];
  if (object?.['kind'] !== kind || !Array.isArray(items))
    throw new Fault('garbled', `the API server's ${kind} cannot be read`);
  return new Set(items.map((item: unknown) => record(item)?.[field]));
}
