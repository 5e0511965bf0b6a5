import * as fc from 'fast-check';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import type { Settings } from '../../../src/kinds/own/settings.ts';

export interface Edit {
  readonly key: ResourceKey;
  readonly manifest: object | undefined;
  readonly settings?: Partial<Settings>;
}

/** One of these; one time in five a deletion. */
export function edit(
  kind: string,
  namespace: string,
  name: string,
  manifests: fc.Arbitrary<object>,
): fc.Arbitrary<Edit> {
  const key = resourceKey(kind, namespace, name);
  return fc.option(manifests, { nil: undefined, freq: 4 }).map((manifest) => ({ key, manifest }));
}
