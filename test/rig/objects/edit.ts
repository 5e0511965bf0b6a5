import * as fc from 'fast-check';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import type { Settings } from '../../../src/kinds/own/settings.ts';

/** One object as it shall be from now on; no manifest: it is deleted. */
export interface Edit {
  readonly key: ResourceKey;
  readonly manifest: object | undefined;
  readonly settings?: Partial<Settings>;
}

/** Any of these, or one time in five its end. */
export function edit(
  kind: string,
  namespace: string,
  name: string,
  manifests: fc.Arbitrary<object>,
): fc.Arbitrary<Edit> {
  const key = resourceKey(kind, namespace, name);
  return fc.option(manifests, { nil: undefined, freq: 4 }).map((manifest) => ({ key, manifest }));
}
