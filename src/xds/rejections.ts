import type { RejectedVersion } from '../publish/rejection.ts';

/**
 * Versions that one client rejected when they came alone; not sent again until there is another. Knows at any time how many
 * of them are the published ones, in O(1).
 *
 * The owner has to call `moved` for each name whose published version becomes another, before anything else is asked.
 */
export class Rejections {
  readonly #published: (name: string) => string | undefined;
  readonly #rejected = new Map<string, RejectedVersion>();
  /** Names whose published version is the rejected one. */
  readonly #current = new Set<string>();

  /** Characters of all messages. */
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

  /** Another version of the name may be published now. */
  moved(name: string): void {
    const rejected = this.#rejected.get(name);
    if (rejected !== undefined && rejected.version === this.#published(name)) this.#current.add(name);
    else this.#current.delete(name);
  }

  /** How many resources the client rejects as they are published. */
  get size(): number {
    return this.#current.size;
  }
}

/** Limit of a client's words about its rejections, in characters: it may reject all that it is sent, and few are ever read. */
const maxCharacters = 64 * 1024;
