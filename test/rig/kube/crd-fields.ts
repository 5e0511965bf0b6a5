/** Part of a CRD: the fields that its objects may have. */
export interface CrdSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly items?: CrdSchema;
  readonly additionalProperties?: CrdSchema | boolean;
  readonly enum?: readonly unknown[];
}

export interface Crd {
  readonly kind?: string;
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: CrdSchema };
    }[];
  };
}

/** A leaf of a CRD's `spec`. */
export interface CrdField {
  /** From the object, such as `spec.listeners[].port`; `[]` for a list, `{}` for a map of any names. */
  readonly path: string;
  readonly type: string;
  /** Values of an enum; else empty. */
  readonly values: readonly string[];
}

/** Lists the leaves of `spec` in the stored version. `isWhole`: the part is one leaf, whatever is in it. */
export function crdFields({ spec: { versions } }: Crd, isWhole = (_path: string) => false): CrdField[] {
  const stored = versions.find(({ storage }) => storage);
  const spec = stored?.schema.openAPIV3Schema.properties?.['spec'];
  return spec === undefined ? [] : [...leaves(spec, 'spec', isWhole)];
}

function* leaves(schema: CrdSchema, path: string, isWhole: (path: string) => boolean): Generator<CrdField> {
  const { type = 'any', properties, items, additionalProperties } = schema;
  const values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  if (isWhole(path)) yield { path, type, values: [] };
  else if (items !== undefined) yield* leaves(items, `${path}[]`, isWhole);
  else if (properties !== undefined)
    for (const [name, inner] of Object.entries(properties)) yield* leaves(inner, `${path}.${name}`, isWhole);
  else if (values?.properties !== undefined) yield* leaves(values, `${path}{}`, isWhole);
  else yield { path, type, values: (schema.enum ?? []).map(String) };
}
