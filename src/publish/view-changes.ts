import { typesThat, type TypeUrl } from './type-table.ts';

/** Names of resources that are different now, by type, with the version that was published before. */
export type Changes = ReadonlyMap<TypeUrl, ReadonlyMap<string, string | undefined>>;

/** Names of one view that are different since its last publication, and their versions then. */
export class ViewChanges {
  #changed = new Map<TypeUrl, Map<string, string | undefined>>();

  /** The name is about to be served in another version than `before`. The first one since the last publication counts. */
  note(type: TypeUrl, name: string, before: string | undefined): void {
    const names = this.#changed.get(type);
    if (names === undefined) this.#changed.set(type, new Map([[name, before]]));
    else if (!names.has(name)) names.set(name, before);
  }

  /** The names that are different, and the versions of them that were published last. */
  of(type: TypeUrl): ReadonlyMap<string, string | undefined> {
    return this.#changed.get(type) ?? none;
  }

  /** Takes the changes that belong to no wave, since the last call. */
  takeFree(): Changes {
    const taken = new Map<TypeUrl, Map<string, string | undefined>>();
    for (const type of freeTypes) {
      const names = this.#changed.get(type);
      if (names !== undefined) taken.set(type, names);
      this.#changed.delete(type);
    }
    return taken;
  }

  takeAll(): Changes {
    const changed = this.#changed;
    this.#changed = new Map();
    return changed;
  }
}

const none: ReadonlyMap<string, string | undefined> = new Map();
const freeTypes = typesThat(({ turn }) => turn === 'free');
