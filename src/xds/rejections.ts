import type { RejectedVersion } from '../publish/rejection.ts';

/**
 * Versions that one client rejected when they came alone, and that are not sent again. Counts in O(1) those that are
 * the published ones.
 *
 * The owner has to call `moved` for each change of a published version, before anything else.
 */
export class Rejections {
  readonly #published: (name: string) => string | undefined;
  readonly #rejected = new Map<string, RejectedVersion>();
  readonly #current = new Set<string>();

  #characters = 0;

  constructor(published: (name: string) => string | undefined) {
    this.#published = published;
  }

  get(name: string): RejectedVersion | undefined {
    return this.#rejected.get(name);
  }

  set(name: string, rejected: RejectedVersion): void {
    this.delete(name);
    const message = rejected.message.slice(0, maxCharacters - this.#characters);
    this.#characters += message.length;
    this.#rejected.set(name, { ...rejected, message });
    this.moved(name);
  }

  delete(name: string): void {
    this.#characters -= this.#rejected.get(name)?.message.length ?? 0;
    this.#rejected.delete(name);
    this.#current.delete(name);
  }

  moved(name: string): void {
    const rejected = this.#rejected.get(name);
    if (rejected !== undefined && rejected.version === this.#published(name)) this.#current.add(name);
    else this.#current.delete(name);
  }

  get size(): number {
    return this.#current.size;
  }
}

/** Limit of all of a client's messages, in characters: it may reject all that it is sent. */
const maxCharacters = 64 * 1024;
