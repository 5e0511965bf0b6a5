import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/**
 * `node test/cases/list-crd-fields.ts FOLDER` writes the fields of `spec` of each kind to `crd-fields.txt`, of the CRDs in
 * the folder: `config/crd/experimental` of the newest release of Gateway API.
 */

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Crd {
  readonly kind?: string;
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const [folder = '.'] = process.argv.slice(2);
const lines = globSync('gateway.networking.k8s.io_*.yaml', { cwd: folder })
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((each) => each.toJS() as Crd),
  )
  .filter((object) => object?.kind === 'CustomResourceDefinition')
  .flatMap(({ spec: { names, versions } }) => {
    const stored = versions.find(({ storage }) => storage);
    const spec = stored?.schema.openAPIV3Schema.properties?.['spec'];
    return spec === undefined ? [] : [...fields(spec, 'spec')].map((field) => `${names.kind} ${field}`);
  });
writeFileSync(join(import.meta.dirname, 'crd-fields.txt'), `${lines.sort().join('\n')}\n`);

/** Lists the leaves, each with its type. */
function* fields({ type = 'any', properties, items }: Schema, path: string): Generator<string> {
  if (items !== undefined) yield* fields(items, `${path}[]`);
  else if (properties === undefined) yield `${path} ${type}`;
  else for (const [name, inner] of Object.entries(properties)) yield* fields(inner, `${path}.${name}`);
}
