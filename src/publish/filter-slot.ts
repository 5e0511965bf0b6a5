import type { XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { growMessage } from '../lib/grow-message.ts';
import { contentHash } from '../lib/hash.ts';
import { parseSlotPart } from '../units/filter-slot.ts';
import { PartTable, type PartStore } from './part-table.ts';
import { inParts, partsOf, sizeOf, type ViewResource } from './view-resource.ts';

type ChainPlace = Pick<ViewResource, 'name'>;

export class SlotTable extends PartTable<ViewResource, ChainPlace> {
  constructor(onChange?: (name: string, before: string | undefined) => void) {
    super(new Chains(), onChange);
  }
}

/** Chains of a filter slot, joined from bytes that all views share, such as the code of WASM plugins. */
class Chains implements PartStore<ViewResource, ChainPlace> {
  readonly #chains = new Map<string, ViewResource>();

  get empty(): boolean {
    return this.#chains.size === 0;
  }

  readonly isServed = true;

  madeOf({ madeOf }: XdsResource): readonly ResourceKey[] {
    return madeOf;
  }

  keyOf({ name }: ChainPlace): string {
    return parseSlotPart(name)?.chain ?? name;
  }

  domainOf(chain: ViewResource): string {
    return this.keyOf(chain);
  }

  get(chain: string): ViewResource | undefined {
    return this.#chains.get(chain);
  }

  set(chain: string, part: ViewResource | undefined): void {
    if (part === undefined) this.#chains.delete(chain);
    else this.#chains.set(chain, part);
  }

  /** Joins chains in order of their names, so that equal slots are equal bytes on every replica. */
  assemble(header: XdsResource): ViewResource {
    const chains = [...this.#chains].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, chain]) => chain);
    if (chains.length === 0) return header;
    const size = chains.reduce((sum, chain) => sum + sizeOf(chain), 0);
    const parts = [growMessage(header.bytes, pathOfChains, size), ...chains.flatMap(partsOf)];
    return inParts(header, contentHash([header, ...chains].map(({ version }) => version).join()), parts);
  }
}

/** Fields of `slotResource` in `translate/envoy` around its chains, from the outside in. */
const pathOfChains = [2, 2, 2, 2, 2];
