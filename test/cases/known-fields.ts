import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as kubernetes from '@kubernetes/client-node';

const file = join(import.meta.dirname, '../../src/file/known-fields.txt');

/** Map of the names of fields; `any`: a value that is taken as it is. */
type Tree = Map<string, Tree | 'any'>;

/**
 * The list of fields that the APIs have, as it is, and as it follows from the CRDs (`crd-fields.txt`,
 * `docs/envoy-gateway-fields.txt`) and from the types of the Kubernetes client.
 */
export function knownFields(): { readonly written: string; readonly wanted: string } {
  const kinds: Tree = new Map();
  for (const list of ['crd-fields.txt', '../../docs/envoy-gateway-fields.txt']) {
    for (const line of readFileSync(join(import.meta.dirname, list), 'utf8')
      .trim()
      .split('\n')) {
      const [kind = '', path, type] = line.split(' ');
      if (path !== undefined) add(kinds, [kind, ...path.split('.')], type);
    }
  }
  for (const kind of ['Service', 'EndpointSlice', 'Secret', 'ConfigMap', 'Namespace'])
    kinds.set(kind, modelTree(`V1${kind}`, ['apiVersion', 'kind', 'metadata', 'status']));
  kinds.set('ObjectMeta', modelTree('V1ObjectMeta', []));
  return { written: readFileSync(file, 'utf8'), wanted: `${linesOf(kinds, 0).join('\n')}\n` };
}

function add(tree: Tree, [first = '', ...rest]: readonly string[], type: string | undefined): void {
  const name = first.replaceAll('[]', '').replace('{}', '');
  const known = tree.get(name);
  if (rest.length === 0) tree.set(name, scalars.has(type ?? '') ? new Map() : 'any');
  else if (known !== 'any') {
    const inner: Tree = known ?? new Map();
    tree.set(name, inner);
    // Keys of a map are the user's.
    if (first.includes('{}')) tree.set(name, 'any');
    else add(inner, rest, type);
  }
}

const scalars: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean']);

interface Model {
  readonly getAttributeTypeMap?: () => readonly { readonly baseName: string; readonly type: string }[];
}

const models = kubernetes as unknown as Readonly<Record<string, Model>>;

function modelTree(model: string, without: readonly string[]): Tree {
  const fields = models[model]?.getAttributeTypeMap?.();
  if (fields === undefined) throw new Error(`the Kubernetes client has no type ${model}`);
  return new Map(
    fields
      .filter(({ baseName }) => !without.includes(baseName))
      .map(({ baseName, type }): [string, Tree | 'any'] => {
        const inner = /^(?:Array<)?(V1\w+)>?$/.exec(type)?.[1];
        if (inner !== undefined) return [baseName, modelTree(inner, [])];
        return [baseName, /^\{|^any$/.test(type) ? 'any' : new Map()];
      }),
  );
}

function linesOf(tree: Tree, depth: number): string[] {
  return [...tree]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, inner]) => [
      `${' '.repeat(depth)}${name}${inner === 'any' ? ' *' : ''}`,
      ...(inner === 'any' ? [] : linesOf(inner, depth + 1)),
    ]);
}

// `node test/cases/known-fields.ts` writes the list anew, after a change of one of the lists.
if (import.meta.main) writeFileSync(file, knownFields().wanted);
