import type { XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { PartSearch } from './part-search.ts';
import type { RejectedVersion } from './rejection.ts';
import type { ViewResource } from './view-resource.ts';

interface Part {
  readonly version: string;
  readonly madeOf: readonly ResourceKey[];
}

interface RejectedPartOf {
  readonly rejected: RejectedVersion;
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
 * One resource that is put together from its own bytes and its parts' when it is next read. A part that proxies reject is
 * served as the last good one, or not at all, and keeps no other back.
 */
export class PartTable<P extends Part & Place, Place> {
  #header: XdsResource | undefined;
  readonly #parts: PartStore<P, Place>;
  #assembled: ViewResource | undefined;
  readonly #search: PartSearch<P>;
  /** During a search: these need not be tried again. */
  readonly #rejectedVersions = new Set<string>();
  /** It is rejected, and it is not known for which of its parts. */
  #rejectedWhole: RejectedVersion | undefined;
  #proven = false;
  #lastRejection: RejectedVersion | undefined;
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
    return this.#header === undefined && this.#parts.empty && this.#search.rejections().size === 0;
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

  /** A proxy has this version. Returns whether what is served or rejected may be different by it. */
  acknowledged(version: string): boolean {
    if (this.#assembled?.version === version) {
      const isDifferent = this.rejected;
      this.#proven = true;
      this.#rejectedWhole = undefined;
      this.#search.acknowledged();
      this.#skipRejected();
      return isDifferent;
    }
    // One proxy rejected it and another takes it, so it is the first one's own trouble.
    if (!this.#rejectedVersions.has(version)) return false;
    this.forgive();
    return true;
  }

  /** Serves everything as it was translated, to be rejected anew or not. Returns whether anything was rejected. */
  forgive(): boolean {
    const isDifferent = this.rejected;
    this.#rejectedWhole = undefined;
    this.#rejectedVersions.clear();
    this.#search.release();
    return isDifferent;
  }

  /**
   * A proxy rejects this version, and none has ACKed it. `hasAnother`: proxies have another version. Returns whether what is
   * served or rejected is different by it.
   */
  reject(rejected: RejectedVersion, hasAnother: boolean): boolean {
    if (this.#assembled?.version !== rejected.version) return false;
    // Those proxies have parts from before this process: a search for the bad one would take good ones from them.
    const isSearchable = this.#proven || !hasAnother;
    this.#rejectedVersions.add(rejected.version);
    this.#lastRejection = rejected;
    if (!isSearchable || !this.#search.reject(rejected)) this.#rejectedWhole = rejected;
    this.#skipRejected();
    return true;
  }

  /** True while it is not served as it should be, or may not be, since the part that is rejected is looked for. */
  get rejected(): boolean {
    return this.#rejectedWhole !== undefined || this.#search.searching || this.#search.rejections().size > 0;
  }

  /** Rejected parts with what they were made of, or all of it, without a domain. */
  *rejections(): Generator<RejectedPartOf> {
    if (this.#rejectedWhole !== undefined)
      yield { rejected: this.#rejectedWhole, madeOf: this.#header?.madeOf ?? [], domain: undefined };
    for (const rejected of this.#search.rejections().values())
      yield { rejected, madeOf: rejected.part.madeOf, domain: this.#parts.domainOf(rejected.part) };
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

  /** Goes on where the search serves a version that has been rejected before: no proxy would be sent that again. */
  #skipRejected(): void {
    while (this.#search.searching && this.#rejectedVersions.has(this.resource?.version ?? '')) {
      if (this.#lastRejection === undefined || !this.#search.reject(this.#lastRejection)) break;
    }
    if (!this.#search.searching) this.#rejectedVersions.clear();
  }
}
