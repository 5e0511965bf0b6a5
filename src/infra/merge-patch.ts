import type { Manifest } from './manifest.ts';

interface Patch {
  readonly type: 'StrategicMerge' | 'JSONMerge';
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Applies a user's patch, but keeps kind, name, owner and Sluice's labels. The API server checks the rest.
 * https://www.rfc-editor.org/rfc/rfc7396; `StrategicMerge` also merges lists whose items have a key:
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function patched(manifest: Manifest, patch: Patch | undefined): Manifest {
  if (patch === undefined) return manifest;
  const { apiVersion, kind, metadata } = manifest;
  const merged = mergeObjects(manifest, patch.value, patch.type === 'StrategicMerge');
  const changed = isObject(merged['metadata']) ? merged['metadata'] : {};
  return {
    ...merged,
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      labels: { ...texts(changed['labels']), ...metadata.labels },
      annotations: texts(changed['annotations']),
      ownerReferences: metadata.ownerReferences,
    },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Keys of list items, by the list's field. Ports have one in a container and another in a Service. */
const listKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['containers', ['name']],
  ['initContainers', ['name']],
  ['volumes', ['name']],
  ['env', ['name']],
  ['imagePullSecrets', ['name']],
  ['volumeMounts', ['mountPath']],
  ['volumeDevices', ['devicePath']],
  ['ports', ['containerPort', 'port']],
  ['topologySpreadConstraints', ['topologyKey']],
  ['hostAliases', ['ip']],
]);

/** A user's field may be named `__proto__`, which a map and `fromEntries` treat like any other. */
function mergeObjects(base: JsonObject, patch: JsonObject, lists: boolean): JsonObject {
  if (lists && patch['$patch'] === 'replace') return withoutDirective(patch);
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(patch)) {
    if (lists && name === '$patch') continue;
    if (value === null) merged.delete(name);
    else merged.set(name, mergeValues(name, merged.get(name), value, lists));
  }
  return Object.fromEntries(merged);
}

function mergeValues(name: string, base: unknown, patch: unknown, lists: boolean): unknown {
  if (isObject(patch)) return mergeObjects(isObject(base) ? base : {}, patch, lists);
  if (lists && Array.isArray(patch) && Array.isArray(base)) return mergeLists(name, base, patch);
  return patch;
}

function mergeLists(name: string, base: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1))
    return patch.filter((item) => !isObject(item) || item['$patch'] !== 'replace');
  const keys = listKeys.get(name);
  if (keys === undefined) return patch;
  const merged = [...base];
  for (const item of patch) {
    const at = merged.findIndex((other) => sameItem(keys, other, item));
    if (isObject(item) && item['$patch'] === 'delete') {
      if (at !== -1) merged.splice(at, 1);
    } else if (at === -1) merged.push(item);
    else merged[at] = mergeValues('', merged[at], item, true);
  }
  return merged;
}

function sameItem(keys: readonly string[], one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return false;
  const key = keys.find((name) => one[name] !== undefined);
  return key !== undefined && one[key] === other[key];
}

function withoutDirective(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => name !== '$patch'));
}

/** Drops values that are no text: the API server would refuse the whole object. */
function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
