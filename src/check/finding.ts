import type { ResourceKey } from '../lib/key.ts';

/** One thing that the author of an object has to know: it is wrong, or has no effect. */
export interface Finding {
  readonly object: ResourceKey;
  /** Field, as far as it is known; empty: the whole object. */
  readonly path: string;
  readonly message: string;
}

/** Returns `Gateway default/web`, as people write it. */
export function nameOf(kind: string, namespace: string, name: string): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
