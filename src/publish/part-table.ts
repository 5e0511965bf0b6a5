import type { XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { PartSearch } from './part-search.ts';
import type { Refused } from './refusal.ts';
import type { ViewResource } from './view-resource.ts';

interface Part {
  readonly version: string;
  readonly madeOf: readonly ResourceKey[];
}

interface RefusedPartOf {
  readonly refused: Refused;
  readonly madeOf: readonly ResourceKey[];
  readonly domain: string | undefined;
}

/** The parts of one resource, and how it is put together of them. `Place` is what tells a part from the others. */
export interface PartStore<P extends Place, Place> {
  readonly empty: boolean;
  keyOf(place: Place): string;
  /** Names the part for people. */
  domainOf(part: P): string;
  get(key: string): P | undefined;
  set(key: string, part: P | undefined): void;
  assemble(header: XdsResource): ViewResource;
}

/**
 * One resource that is put together from its own bytes and its parts' when it is next read. A part that proxies refuse is
 * served as the last good one, or not at all, and keeps no other back.
 */
export class PartTable<P extends Part & Place, Place> {
  #header: XdsResource | undefined;
  readonly #parts: PartStore<P, Place>;
  #assembled: ViewResource | undefined;
  readonly #search: PartSearch<P>;
  /** During a search: these need not be tried again. */
  readonly #refusedVersions = new Set<string>();
  /** It is refused, and it is not known for which of its parts. */
  #refusedWhole: Refused | undefined;
  #proven = false;
  #lastWords: Refused | undefined;
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called when another version than `before` is about to be served under a name, or none. */
  constructor(
    parts: PartStore<P, Place>,
    onChange: (name: string, before: string | undefined) => void = () => {},
  ) {
    this.#parts = parts;
    this.#onChange = onChange;
    this.#search = new PartSearch({
      get: (key) => parts.get(key),
      serve: (key, part) => {
        this.#changing();
        parts.set(key, part);
      },
    });
  }

  get empty(): boolean {
    return this.#header === undefined && this.#parts.empty && this.#search.refusals().size === 0;
  }

  /** Name of the resource to serve; without one, parts wait for it. */
  get servedName(): string | undefined {
    return this.#header?.name;
  }

  /** The resource without parts. */
  setHeader(header: XdsResource | undefined): void {
    const before = this.#header;
    if (before?.version === header?.version) return;
    this.#changing();
    this.#header = header;
    if (header !== undefined && header.name !== before?.name) this.#onChange(header.name, undefined);
  }

  put(part: P): void {
    this.#search.put(this.#parts.keyOf(part), part);
  }

  delete(place: Place): void {
    this.#search.delete(this.#parts.keyOf(place));
  }

  /** A proxy has this version. Returns whether what is served or refused may be different by it. */
  acknowledged(version: string): boolean {
    if (this.#assembled?.version === version) {
      const isNews = this.refused;
      this.#proven = true;
      this.#refusedWhole = undefined;
      this.#search.acknowledged();
      this.#skipRefused();
      return isNews;
    }
    // One proxy refused it and another takes it, so it is the first one's own trouble.
    if (!this.#refusedVersions.has(version)) return false;
    this.forgive();
    return true;
  }

  /** Serves everything as it was translated, to be refused anew or not. Returns whether anything was refused. */
  forgive(): boolean {
    const isNews = this.refused;
    this.#refusedWhole = undefined;
    this.#refusedVersions.clear();
    this.#search.release();
    return isNews;
  }

  /**
   * A proxy refuses this version, and none has ACKed it. `isHeld`: proxies have another version. Returns whether what is
   * served or refused is different by it.
   */
  refuse(refused: Refused, isHeld: boolean): boolean {
    if (this.#assembled?.version !== refused.version) return false;
    // Those proxies have parts from before this process: a search for the bad one would take good ones from them.
    const isSearchable = this.#proven || !isHeld;
    this.#refusedVersions.add(refused.version);
    this.#lastWords = refused;
    if (!isSearchable || !this.#search.refuse(refused)) this.#refusedWhole = refused;
    this.#skipRefused();
    return true;
  }

  /** True while it is not served as it should be, or may not be, since the part that is refused is looked for. */
  get refused(): boolean {
    return this.#refusedWhole !== undefined || this.#search.searching || this.#search.refusals().size > 0;
  }

  /** Refused parts with what they were made of, or all of it, without a domain. */
  *refusals(): Generator<RefusedPartOf> {
    if (this.#refusedWhole !== undefined)
      yield { refused: this.#refusedWhole, madeOf: this.#header?.madeOf ?? [], domain: undefined };
    for (const refused of this.#search.refusals().values())
      yield { refused, madeOf: refused.part.madeOf, domain: this.#parts.domainOf(refused.part) };
  }

  /** The whole; the same object until something in it changes. */
  get resource(): ViewResource | undefined {
    if (this.#header !== undefined) this.#assembled ??= this.#parts.assemble(this.#header);
    return this.#assembled;
  }

  #changing(): void {
    if (this.#header !== undefined) this.#onChange(this.#header.name, this.#assembled?.version);
    this.#assembled = undefined;
  }

  /** Goes on where the search serves a version that has been refused before: no proxy would be sent that again. */
  #skipRefused(): void {
    while (this.#search.searching && this.#refusedVersions.has(this.resource?.version ?? '')) {
      if (this.#lastWords === undefined || !this.#search.refuse(this.#lastWords)) break;
    }
    if (!this.#search.searching) this.#refusedVersions.clear();
  }
}
