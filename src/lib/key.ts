declare const brand: unique symbol;

/** Identity of an object: `Kind/namespace/name`; the namespace is empty for a cluster-scoped kind. */
export type ResourceKey = string & { readonly [brand]: 'ResourceKey' };

/** Name of a set of rows that translation can ask for, such as "EndpointSlices of Service ns/name". */
export type IndexKey = string & { readonly [brand]: 'IndexKey' };

/** Key that translation can read: of a row or of an index. */
export type ReadKey = ResourceKey | IndexKey;

/** Name of the smallest thing that is translated by itself: `Kind/param/…`; see `units/unit.ts`. */
export type UnitName = string & { readonly [brand]: 'UnitName' };

export function resourceKey(kind: string, namespace: string, name: string): ResourceKey {
  return `${kind}/${namespace}/${name}` as ResourceKey;
}

/** Splits a key at its slashes: Kubernetes has none in kinds, namespaces and names. */
export function splitResourceKey(key: ResourceKey): { kind: string; namespace: string; name: string } {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return { kind, namespace, name };
}

/** Index names start with `@`, which no kind does, so that an index and a row never have the same key. */
export function indexKey(name: string, ...params: readonly string[]): IndexKey {
  return `@${name}/${params.join('/')}` as IndexKey;
}

export function isIndexKey(key: ReadKey): key is IndexKey {
  return key.charCodeAt(0) === 64;
}
