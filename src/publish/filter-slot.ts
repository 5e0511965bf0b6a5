import type { XdsResource } from '../batch/outcome.ts';
import { growMessage } from '../lib/grow-message.ts';
import { contentHash } from '../lib/hash.ts';
import type { PartStore } from './part-table.ts';
import { partsOf, sizeOf, type ViewResource } from './view-resource.ts';

/**
 * The chains of a filter slot, put together by `assemble` from bytes that all views share, the code of Wasm plugins among
 * them. A change of one chain costs a hash over those of its slot.
 */
export class FilterSlot implements PartStore<ViewResource> {
  readonly #chains = new Map<string, ViewResource>();

  get empty(): boolean {
    return this.#chains.size === 0;
  }

  get(chain: string): ViewResource | undefined {
    return this.#chains.get(chain);
  }

  set(chain: string, part: ViewResource | undefined): void {
    if (part === undefined) this.#chains.delete(chain);
    else this.#chains.set(chain, part);
  }

  /** In order of their names, so that equal slots are equal bytes on every replica. */
  assemble(header: XdsResource): ViewResource {
    const chains = [...this.#chains].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, chain]) => chain);
    if (chains.length === 0) return header;
    const size = chains.reduce((sum, chain) => sum + sizeOf(chain), 0);
    const parts = [growMessage(header.bytes, pathOfChains, size), ...chains.flatMap(partsOf)];
    return {
      ...header,
      version: contentHash([header, ...chains].map(({ version }) => version).join()),
      parts,
      size: parts.reduce((sum, part) => sum + part.length, 0),
      get bytes() {
        return Buffer.concat(parts);
      },
    };
  }
}

/** Fields of `slotResource` in `translate/envoy` in which its chains lie, from the outside in. */
const pathOfChains = [2, 2, 2, 2, 2];
