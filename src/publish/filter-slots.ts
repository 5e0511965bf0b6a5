import type { XdsResource } from '../batch/outcome.ts';
import { parseSlotPart } from '../units/filter-slot.ts';
import { SlotTable } from './filter-slot.ts';
import { withBlobs } from './view-resource.ts';
import { WeightedNames } from './weighted-names.ts';

/** Filter slots of one view: ECDS resources that are joined from parts of several units. */
export class FilterSlots {
  readonly #tables = new WeightedNames<SlotTable>();
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
    if (part === undefined) this.#table(name).setHeader(undefined);
    else this.#table(part.slot).delete({ name });
  }

  forgetEmpty(): void {
    for (const [name, slot] of this.#tables) if (slot.empty) this.#tables.delete(name);
  }

  #table(name: string): SlotTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new SlotTable(this.#onChange)));
    return table;
  }
}
