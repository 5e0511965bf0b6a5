import type { XdsResource } from '../batch/outcome.ts';

/** Resource of a view. One that is joined has `parts`; its `bytes` are a copy, made at each read. */
export interface ViewResource extends XdsResource {
  readonly parts?: readonly Uint8Array[];
  readonly size?: number;
}

export function sizeOf(resource: ViewResource): number {
  return resource.size ?? resource.bytes.length;
}

export function partsOf(resource: ViewResource): readonly Uint8Array[] {
  return resource.parts ?? [resource.bytes];
}

export function inParts(header: XdsResource, version: string, parts: readonly Uint8Array[]): ViewResource {
  return new JoinedResource(header, version, parts);
}

/** A class, as a view has one for each domain. */
class JoinedResource implements ViewResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly version: string;
  readonly madeOf: XdsResource['madeOf'];
  readonly names: XdsResource['names'];
  readonly parts: readonly Uint8Array[];
  readonly size: number;

  constructor(header: XdsResource, version: string, parts: readonly Uint8Array[]) {
    this.typeUrl = header.typeUrl;
    this.name = header.name;
    this.version = version;
    this.madeOf = header.madeOf;
    this.names = header.names;
    this.parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.length, 0);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

/** Returns the resource with its blobs in place; undefined when one is missing. Bytes of a blob are not copied. */
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
