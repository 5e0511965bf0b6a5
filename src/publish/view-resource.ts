import type { XdsResource } from '../batch/outcome.ts';

/**
 * A resource of a view. One that is put together from fragments has them as `parts`: its `bytes` are a copy, made only
 * for who asks for them.
 */
export interface ViewResource extends XdsResource {
  readonly parts?: readonly Uint8Array[];
  /** Of all parts, in bytes. */
  readonly size?: number;
}

export function sizeOf(resource: ViewResource): number {
  return resource.size ?? resource.bytes.length;
}

export function partsOf(resource: ViewResource): readonly Uint8Array[] {
  return resource.parts ?? [resource.bytes];
}
