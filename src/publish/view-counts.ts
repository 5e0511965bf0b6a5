import type { View } from './view.ts';

/** Count for each view that a unit is in. Most units are in one view, whose count needs no Map. */
export class ViewCounts {
  #first: View | undefined;
  #ofFirst = 0;
  #others: Map<View, number> | undefined;

  get empty(): boolean {
    return this.#first === undefined && (this.#others?.size ?? 0) === 0;
  }

  /** Returns a copy, so that counts may change while it is read. */
  views(): readonly View[] {
    const first = this.#first === undefined ? [] : [this.#first];
    return this.#others === undefined ? first : [...first, ...this.#others.keys()];
  }

  get(view: View): number {
    return view === this.#first ? this.#ofFirst : (this.#others?.get(view) ?? 0);
  }

  set(view: View, count: number): void {
    if (view === this.#first || (this.#first === undefined && this.#others?.has(view) !== true)) {
      this.#first = count === 0 ? undefined : view;
      this.#ofFirst = count;
    } else if (count > 0) {
      this.#others ??= new Map();
      this.#others.set(view, count);
    } else if (this.#others?.delete(view) === true && this.#others.size === 0) this.#others = undefined;
  }

  clear(): void {
    this.#first = undefined;
    this.#ofFirst = 0;
    this.#others = undefined;
  }
}
