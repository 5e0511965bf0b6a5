declare const brand: unique symbol;

/** Identity of a watched object: `Kind/namespace/name`; the namespace is empty for a cluster-scoped kind. */
export type ResourceKey = string & { readonly [brand]: 'ResourceKey' };

/** Name of a set of rows that translation may ask for, such as "EndpointSlices of Service ns/name". */
export type IndexKey = string & { readonly [brand]: 'IndexKey' };

/** Key of what translation can read, and a unit can depend on: a row, or an index. */
export type ReadKey = ResourceKey | IndexKey;

/** Name of the smallest thing worth translating alone: `Kind/param/…`; see `units/unit.ts`. */
export type UnitName = string & { readonly [brand]: 'UnitName' };

export function resourceKey(kind: string, namespace: string, name: string): ResourceKey {
  return `${kind}/${namespace}/${name}` as ResourceKey;
}

/** The parts of a {@link ResourceKey}. None of them can hold a slash in Kubernetes. */
export function splitResourceKey(key: ResourceKey): { kind: string; namespace: string; name: string } {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return { kind, namespace, name };
}

/** Index names start with `@`, which no kind does, so the two families of keys cannot meet. */
export function indexKey(name: string, ...params: readonly string[]): IndexKey {
  return `@${name}/${params.join('/')}` as IndexKey;
}

export function isIndexKey(key: ReadKey): key is IndexKey {
  return key.charCodeAt(0) === 64;
}
