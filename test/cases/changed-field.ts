import type { ResourceKey } from '../../src/lib/key.ts';
import type { Leaf } from '../rig/objects/schema-leaves.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation?: number };
}

/** Returns a copy of the object with the value in the field, and with what has to be around the field. */
export function withField(object: object, { path, around }: Leaf, value: unknown): object {
  const copy = structuredClone(object);
  for (const [at, type] of around) put(copy, at, type);
  put(copy, path, value);
  return copy;
}

function put(object: object, path: readonly (string | number)[], value: unknown): void {
  let place = object as Record<string | number, unknown>;
  for (const [i, name] of path.slice(0, -1).entries()) {
    place[name] ??= typeof path[i + 1] === 'number' ? [] : {};
    place = place[name] as Record<string | number, unknown>;
  }
  place[path.at(-1) ?? ''] = value;
}

/** Returns true for a status whose conditions are all of this generation. */
export function hasGeneration(status: string, generation: number): boolean {
  const seen = [...status.matchAll(/"observedGeneration":(\d+)/g)].map(([, digits]) => Number(digits));
  return seen.length > 0 && seen.every((each) => each === generation);
}

/** Returns the generation of the object with the status. */
export function generationOf(reported: ResourceKey, objects: readonly object[]): number {
  const [kind, , name] = reported.split('/');
  const named = objects.map((object) => object as Manifest);
  const found = named.find((object) => object.kind === kind && object.metadata.name === name);
  return found?.metadata.generation ?? 0;
}
