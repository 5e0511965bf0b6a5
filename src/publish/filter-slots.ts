import type { XdsResource } from '../batch/outcome.ts';
import { parseSlotPart } from '../units/filter-slot.ts';
import { SlotTable } from './filter-slot.ts';
import { withBlobs } from './view-resource.ts';
import { WeightedNames } from './weighted-names.ts';

/** ECDS resources of one view: filter slots, which are joined from parts of several units, and others, which have none. */
export class FilterSlots {
  readonly #tables = new WeightedNames<SlotTable>();
  readonly #mayBeEmpty = new Set<string>();
  readonly #blob: (sha256: string) => Uint8Array | undefined;
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called before another version than `before`, or none, is served. */
  constructor(
    blob: (sha256: string) => Uint8Array | undefined,
    onChange: (name: string, before: string | undefined) => void,
  ) {
    this.#blob = blob;
    this.#onChange = onChange;
  }

  get tables(): WeightedNames<SlotTable> {
    return this.#tables;
  }

  /** Takes a slot without its parts, or a part of one. */
  add(resource: XdsResource): void {
    const part = parseSlotPart(resource.name);
    if (part === undefined) {
      this.#table(resource.name).setHeader(resource);
      return;
    }
    const whole = withBlobs(resource, this.#blob);
    // A missing blob is on its way in another version.
    if (whole !== undefined) this.#table(part.slot).put(whole);
  }

  remove(name: string): void {
    const part = parseSlotPart(name);
    const slot = part?.slot ?? name;
    this.#mayBeEmpty.add(slot);
    if (part === undefined) this.#table(slot).setHeader(undefined);
    else this.#table(slot).delete({ name });
  }

  /** Costs O(slots from which something was removed): a Gateway has one for each server name of its TLS ports. */
  forgetEmpty(): void {
    for (const name of this.#mayBeEmpty) {
      const slot = this.#tables.get(name);
      if (slot?.empty === true) this.#tables.delete(name);
      // One without a name keeps what proxies have rejected of it, until they forget that.
      if (slot?.empty !== false || slot.servedName !== undefined) this.#mayBeEmpty.delete(name);
    }
  }

  #table(name: string): SlotTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new SlotTable(this.#onChange)));
    return table;
  }
}
