import { WeightedNames } from '../publish/weighted-names.ts';

/** Name of which the client lacks the published version. */
export interface Difference {
  readonly version: string | undefined;
  readonly since: number;
}

export interface Reference {
  readonly published: (name: string) => string | undefined;
  readonly covers: (name: string) => boolean;
}

/**
 * Versions of one type that one client has, kept as differences from the published ones: a client that has everything
 * needs nearly no memory. A client has only what it asked for.
 *
 * The owner has to call `moved` for each change of a published version, before anything else.
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

  set(name: string, version: string | undefined, now: number): void {
    if (version === this.#reference.published(name)) this.#differences.delete(name);
    else {
      const since = this.#differences.get(name)?.since ?? now;
      this.#differences.set(name, { version, since });
    }
  }

  /** Called when another version is published in place of `before`. */
  moved(name: string, before: string | undefined, now: number): void {
    if (!this.#reference.covers(name) && !this.#differences.has(name)) return;
    const difference = this.#differences.get(name) ?? { version: before, since: now };
    if (difference.version === this.#reference.published(name)) this.#differences.delete(name);
    else this.#differences.set(name, difference);
  }

  forget(name: string): void {
    this.#differences.delete(name);
  }

  forgetUncovered(): void {
    for (const name of this.#differences.keys())
      if (!this.#reference.covers(name)) this.#differences.delete(name);
  }

  get size(): number {
    return this.#differences.size;
  }

  get weight(): number {
    return this.#differences.weight;
  }

  differences(): IterableIterator<[string, Difference]> {
    return this.#differences.entries();
  }
}
