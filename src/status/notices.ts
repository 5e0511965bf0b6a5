import type { UnitOutput } from '../batch/outcome.ts';
import type { Notice } from '../kinds/notice.ts';

/** Notices that are true now, as translation gives them; several units may give the same. Grows with what is wrong. */
export class Notices {
  /** Units that give each notice, counted, by its JSON. */
  readonly #counts = new Map<string, number>();
  readonly #onChange: (notice: string, isTrue: boolean) => void;

  /** `onChange` is called with the JSON of a notice that has become true, or no longer is. */
  constructor(onChange: (notice: string, isTrue: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Called when a unit's output comes into force in place of the one before. O(their notices). */
  update(output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    for (const notice of output?.notices ?? []) this.#count(notice, 1);
    for (const notice of before?.notices ?? []) this.#count(notice, -1);
  }

  all(): Iterable<string> {
    return this.#counts.keys();
  }

  #count(notice: Notice, step: 1 | -1): void {
    const text = JSON.stringify(notice);
    const was = this.#counts.get(text) ?? 0;
    const is = was + step;
    if (is === 0) this.#counts.delete(text);
    else this.#counts.set(text, is);
    if (was === 0 || is === 0) this.#onChange(text, is > 0);
  }
}
