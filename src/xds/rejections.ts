import type { Refused } from '../publish/refusal.ts';

/**
 * Versions that one client refused when they came alone; not sent again until there is another. Knows at any time how many
 * of them are the published ones, in O(1).
 *
 * The owner has to call `moved` for each name whose published version becomes another, before anything else is asked.
 */
export class Rejections {
  readonly #published: (name: string) => string | undefined;
  readonly #refused = new Map<string, Refused>();
  /** Names whose published version is the refused one. */
  readonly #current = new Set<string>();

  /** Characters of all messages. */
  #words = 0;

  constructor(published: (name: string) => string | undefined) {
    this.#published = published;
  }

  get(name: string): Refused | undefined {
    return this.#refused.get(name);
  }

  set(name: string, refused: Refused): void {
    this.delete(name);
    const message = refused.message.slice(0, maxWords - this.#words);
    this.#words += message.length;
    this.#refused.set(name, { ...refused, message });
    this.moved(name);
  }

  delete(name: string): void {
    this.#words -= this.#refused.get(name)?.message.length ?? 0;
    this.#refused.delete(name);
    this.#current.delete(name);
  }

  /** Another version of the name may be published now. */
  moved(name: string): void {
    const refused = this.#refused.get(name);
    if (refused !== undefined && refused.version === this.#published(name)) this.#current.add(name);
    else this.#current.delete(name);
  }

  /** How many resources the client refuses as they are published. */
  get size(): number {
    return this.#current.size;
  }
}

/** Limit of a client's words about its refusals, in characters: it may refuse all that it is sent, and few are ever read. */
const maxWords = 64 * 1024;
