import type { XdsResource } from '../batch/outcome.ts';

/**
 * A resource of a view. One that is put together from fragments has them as `parts`: its `bytes` are a copy, made only
 * for who asks for them.
 */
export interface ViewResource extends XdsResource {
  readonly parts?: readonly Uint8Array[];
  /** Bytes of all parts. */
  readonly size?: number;
}

export function sizeOf(resource: ViewResource): number {
  return resource.size ?? resource.bytes.length;
}

export function partsOf(resource: ViewResource): readonly Uint8Array[] {
  return resource.parts ?? [resource.bytes];
}

/** The resource in another version, of these parts one behind the other. */
export function inParts(
  { typeUrl, name, madeOf, names }: XdsResource,
  version: string,
  parts: readonly Uint8Array[],
): ViewResource {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    typeUrl,
    name,
    version,
    madeOf,
    names,
    parts,
    size,
    get bytes() {
      return Buffer.concat(parts);
    },
  };
}

/** The resource with its blobs where they belong; undefined when one is not there. The bytes of a blob are not copied. */
export function withBlobs(
  resource: XdsResource,
  blobOf: (sha256: string) => Uint8Array | undefined,
): ViewResource | undefined {
  if (resource.blob === undefined || resource.blob === '') return resource;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const blob of resource.blob.split(',')) {
    const colon = blob.indexOf(':');
    const bytes = blobOf(blob.slice(colon + 1));
    if (bytes === undefined) return undefined;
    const to = Number(blob.slice(0, colon));
    parts.push(resource.bytes.subarray(from, to), bytes);
    from = to;
  }
  parts.push(resource.bytes.subarray(from));
  return { ...resource, parts, size: parts.reduce((sum, part) => sum + part.length, 0) };
}
