import { WeightedNames } from '../publish/weighted-names.ts';

/** A name of which the client does not have what its Gateway's view has published. */
export interface Difference {
  /** Version that it has instead; undefined: none. */
  readonly version: string | undefined;
  /** Since when, on the clock's scale. */
  readonly since: number;
}

/** View that a client is compared with. */
export interface Reference {
  /** Version of the name in the view as it was last published; undefined: it has none. */
  readonly published: (name: string) => string | undefined;
  /** True for a name that the client has asked for. */
  readonly covers: (name: string) => boolean;
}

/**
 * Versions of one type that one client holds, kept as differences from what its view has published: O(what it lacks) of
 * memory for each client, and next to nothing for one that has everything. What the client did not ask for it does not
 * hold.
 *
 * The owner has to call `moved` for each name whose published version becomes another, before anything else is asked.
 */
export class AckedVersions {
  readonly #differences = new WeightedNames<Difference>();
  readonly #reference: Reference;

  constructor(reference: Reference) {
    this.#reference = reference;
  }

  get(name: string): string | undefined {
    const difference = this.#differences.get(name);
    if (difference !== undefined) return difference.version;
    return this.#reference.covers(name) ? this.#reference.published(name) : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The client has this version of the name now; undefined: it has the name no more, or not yet. */
  set(name: string, version: string | undefined, now: number): void {
    if (version === this.#reference.published(name)) this.#differences.delete(name);
    else {
      const since = this.#differences.get(name)?.since ?? now;
      this.#differences.set(name, { version, since });
    }
  }

  /** Another version was published in place of `before`. */
  moved(name: string, before: string | undefined, now: number): void {
    if (!this.#reference.covers(name) && !this.#differences.has(name)) return;
    const difference = this.#differences.get(name) ?? { version: before, since: now };
    if (difference.version === this.#reference.published(name)) this.#differences.delete(name);
    else this.#differences.set(name, difference);
  }

  /** The client has let go of the name. */
  forget(name: string): void {
    this.#differences.delete(name);
  }

  /** The client has let go of all names but those that it still covers. */
  forgetUncovered(): void {
    for (const name of this.#differences.keys())
      if (!this.#reference.covers(name)) this.#differences.delete(name);
  }

  /** How many names differ. */
  get size(): number {
    return this.#differences.size;
  }

  /** Weight of the names that differ, which is the memory that they take. */
  get weight(): number {
    return this.#differences.weight;
  }

  /** Names that differ, in no certain order. */
  differences(): IterableIterator<[string, Difference]> {
    return this.#differences.entries();
  }
}
