export type JsonObject = Readonly<Record<string, unknown>>;

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

/**
 * Merges a patch by https://www.rfc-editor.org/rfc/rfc7396; with `lists`, also lists whose items have a key:
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/. A user's field may be named
 * `__proto__`, which a map and `fromEntries` treat like any other.
 */
export function mergeObjects(base: JsonObject, patch: JsonObject, lists: boolean): JsonObject {
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

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
