import { typeUrl, type TypeUrl } from '../publish/type-table.ts';

/** A stream, as far as it is asked what its client has. */
interface Holder {
  hasVersion(type: TypeUrl, name: string, version: string): boolean;
}

/**
 * Which Listeners at least one proxy of a fleet has ACKed. Remembers one such proxy for each, so that a question is O(1)
 * however many there are; only a version that is asked for the first time, or whose proxy has left, is looked for again.
 */
export class AckedListeners {
  readonly #holders: Iterable<Holder>;
  readonly #known = new Map<string, { readonly version: string; holder: Holder | undefined }>();

  constructor(holders: Iterable<Holder>) {
    this.#holders = holders;
  }

  has(name: string, version: string): boolean {
    const known = this.#known.get(name);
    if (known?.version === version) {
      if (known.holder === undefined) return false;
      if (known.holder.hasVersion(typeUrl.listener, name, version)) return true;
    }
    const holder = Iterator.from(this.#holders).find((one) =>
      one.hasVersion(typeUrl.listener, name, version),
    );
    this.#known.set(name, { version, holder });
    return holder !== undefined;
  }

  /** A proxy has these versions now. Returns whether `has` may answer otherwise than before. */
  held(holder: Holder, versions: ReadonlyMap<string, string | undefined>): boolean {
    let isNews = false;
    for (const [name, version] of versions) {
      const known = this.#known.get(name);
      if (version === undefined) this.#known.delete(name);
      else if (known?.version === version && known.holder === undefined) known.holder = holder;
      else if (known?.version === version) continue;
      isNews = true;
    }
    return isNews;
  }

  /** A proxy has left. Returns whether `has` may answer otherwise than before. */
  left(holder: Holder): boolean {
    let isNews = false;
    for (const [name, known] of this.#known) {
      if (known.holder !== holder) continue;
      this.#known.delete(name);
      isNews = true;
    }
    return isNews;
  }

  /** Forgets what no proxy had, when one may have got something by what it asked for. */
  lookAgain(): void {
    for (const [name, { holder }] of this.#known) if (holder === undefined) this.#known.delete(name);
  }
}
