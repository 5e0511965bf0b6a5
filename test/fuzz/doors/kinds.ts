import { Buffer } from 'node:buffer';
import { decodeRow } from '../../../src/kinds/decode.ts';
import { identityOf, record } from '../../../src/kinds/identity.ts';
import type { KindDef } from '../../../src/kinds/kind-def.ts';
import { kindTable } from '../../../src/kinds/kind-table.ts';
import type { Kind } from '../../../src/kinds/kinds.ts';
import { prune } from '../../../src/kinds/prune.ts';
import { leavesOf, type Leaf } from '../../rig/objects/schema-leaves.ts';
import { valueDoor, type Door } from '../door.ts';
import { withValue } from '../mutate-value.ts';
import type { Random } from '../random.ts';
import { examples } from './examples.ts';

/** A door for each kind that Sluice follows, for the API server's JSON. */
export const kindDoors: readonly Door[] = Object.entries(kindTable).map(([kind, def]) => {
  const leaves = leavesOf('schema' in def ? def.schema : undefined);
  const words = [...new Set([...leaves.flatMap(({ path }) => path.filter(isWord)), ...values(leaves)])];
  return valueDoor({
    name: `kind ${kind}`,
    seeds: examples(kind),
    words: [...words, 'metadata', 'spec'],
    mutate: (value, random) => withLeaf(value, leaves, words, random),
    run: (object) => read(kind as Kind, def, object),
  });
});

/** Sets one to three fields of the schema, to valid or invalid values. */
export function withLeaf(
  value: unknown,
  leaves: readonly Leaf[],
  words: readonly string[],
  random: Random,
): unknown {
  let object = value;
  for (let i = random.below(3); i >= 0 && leaves.length > 0; i--) {
    const { path, around, bad } = random.pick(leaves);
    // Any item of a list, not only the first one.
    const at = path.map((key) => (typeof key === 'number' ? random.length(4) : key));
    for (const [place, type] of around) object = withValue(object, place, type);
    const good = random.pick([...words, ...plain]);
    object = withValue(object, at, random.chance(3) && bad.length > 0 ? random.pick(bad) : good);
  }
  return object;
}

const plain: readonly unknown[] = ['a', 'web', 'app', 'route', '/a', '10s', 1, 80, 443, 1000, true, 'a.test'];

/** Values that the schema names, such as the types of filters. */
export function values(leaves: readonly Leaf[]): string[] {
  return leaves.flatMap(({ around }) => around.flatMap(([, type]) => (isWord(type) ? [type] : [])));
}

export function isWord(value: unknown): value is string {
  return typeof value === 'string';
}

/** Only an object without a name has no row, and a row can be read back. */
function read(kind: Kind, def: KindDef, object: unknown): unknown {
  const parsed = def.parse(object);
  const manifest = record(object);
  const isNamed = manifest !== undefined && identityOf(asRead(kind, manifest), def.scope).kind === 'ok';
  if (isNamed !== (parsed.kind === 'row')) throw new Error(`named: ${isNamed}, but ${parsed.kind}`);
  if (parsed.kind === 'invalid') return parsed;
  decodeRow(kind, parsed.row.bytes);
  const { bytes, ...row } = parsed.row;
  return { ...row, bytes: Buffer.from(bytes).toString('latin1'), problems: parsed.problems };
}

/** EndpointSlices are read by hand: null or deep values count as unknown fields. */
function asRead(kind: Kind, manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return kind === 'EndpointSlice' ? manifest : prune(manifest);
}
