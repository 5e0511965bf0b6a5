import { typesThat, type TypeUrl } from './type-table.ts';

/** Names of changed resources by type, each with the version that was published before. */
export type Changes = ReadonlyMap<TypeUrl, ReadonlyMap<string, string | undefined>>;

export class ViewChanges {
  #changed = new Map<TypeUrl, Map<string, string | undefined>>();

  /** Called before a name is served in another version. The first call since the last publication counts. */
  note(type: TypeUrl, name: string, before: string | undefined): void {
    const names = this.#changed.get(type);
    if (names === undefined) this.#changed.set(type, new Map([[name, before]]));
    else if (!names.has(name)) names.set(name, before);
  }

  of(type: TypeUrl): ReadonlyMap<string, string | undefined> {
    return this.#changed.get(type) ?? none;
  }

  /** Takes the changes of types that belong to no wave. */
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
