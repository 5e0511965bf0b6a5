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

/** Parts of one resource, and how they are joined. `Place` tells a part from the others. */
export interface PartStore<P extends Place, Place> {
  readonly empty: boolean;
  /** False: the resource does not exist without parts. */
  readonly isServed: boolean;
  keyOf(place: Place): string;
  domainOf(part: P): string;
  get(key: string): P | undefined;
  set(key: string, part: P | undefined): void;
  /** Objects to blame when the whole is rejected and the part is not known. */
  madeOf(header: XdsResource): readonly ResourceKey[];
  assemble(header: XdsResource): ViewResource;
}

/** Resource that is joined when it is read. A part that proxies reject is served as the last good one, or left out. */
export class PartTable<P extends Part & Place, Place> {
  #header: XdsResource | undefined;
  readonly #parts: PartStore<P, Place>;
  #assembled: ViewResource | undefined;
  /** Undefined while proxies have ACKed all parts as they are: a fleet has a table for each domain. */
  #search: PartSearch<P> | undefined;
  #rejectedVersions: Set<string> | undefined;
  /** Set: the resource is rejected, and the part is not known. */
  #rejectedWhole: RejectedVersion | undefined;
  #proven = false;
  #lastRejection: RejectedVersion | undefined;
  readonly #onChange: (name: string, before: string | undefined) => void;

  constructor(
    parts: PartStore<P, Place>,
    onChange: (name: string, before: string | undefined) => void = () => {},
  ) {
    this.#parts = parts;
    this.#onChange = onChange;
  }

  get empty(): boolean {
    return this.#header === undefined && this.isWithoutParts;
  }

  get isWithoutParts(): boolean {
    return this.#parts.empty && (this.#search?.rejections().size ?? 0) === 0;
  }

  /** Name of the resource; without one, parts wait for it. */
  get servedName(): string | undefined {
    return this.#parts.isServed ? this.#header?.name : undefined;
  }

  setHeader(header: XdsResource | undefined): void {
    const before = this.#header;
    if (before?.version === header?.version) return;
    this.#changing();
    this.#header = header;
    if (header !== undefined && header.name !== before?.name) this.#onChange(header.name, undefined);
  }

  put(part: P): void {
    this.#searching().put(this.#parts.keyOf(part), part);
  }

  delete(place: Place): void {
    this.#searching().delete(this.#parts.keyOf(place));
  }

  /** Called when a proxy has this version. Returns true when served or rejected parts may differ. */
  acknowledged(version: string): boolean {
    if (this.#assembled?.version === version) {
      const isDifferent = this.rejected;
      this.#proven = true;
      this.#rejectedWhole = undefined;
      this.#search?.acknowledged();
      this.#skipRejected();
      if (this.#search?.isOver === true) this.#search = undefined;
      return isDifferent;
    }
    // A version that one proxy takes is good: the rejection concerns the other proxy alone.
    if (this.#rejectedVersions?.has(version) !== true) return false;
    this.forgive();
    return true;
  }

  /** Serves all as translated, so that proxies judge it again. Returns true when anything was rejected. */
  forgive(): boolean {
    const isDifferent = this.rejected;
    this.#rejectedWhole = undefined;
    this.#rejectedVersions = undefined;
    this.#search?.release();
    return isDifferent;
  }

  /** Called for a version that no proxy has ACKed. `hasAnother`: proxies have another one. Returns true for a change. */
  reject(rejected: RejectedVersion, hasAnother: boolean): boolean {
    if (this.#assembled?.version !== rejected.version) return false;
    // Those proxies have parts from before this process: a search would take good parts from them.
    const isSearchable = this.#proven || !hasAnother;
    (this.#rejectedVersions ??= new Set()).add(rejected.version);
    this.#lastRejection = rejected;
    if (!isSearchable || this.#search?.reject(rejected) !== true) this.#rejectedWhole = rejected;
    this.#skipRejected();
    return true;
  }

  /** True while it is not served as wanted, or a search is under way. */
  get rejected(): boolean {
    if (this.#rejectedWhole !== undefined) return true;
    return this.#search !== undefined && (this.#search.searching || this.#search.rejections().size > 0);
  }

  /** Lists rejected parts with the objects that they were made of, or the whole, without a domain. */
  *rejections(): Generator<RejectedPartOf> {
    if (this.#rejectedWhole !== undefined && this.#header !== undefined) {
      const madeOf = this.#parts.madeOf(this.#header);
      yield { rejected: this.#rejectedWhole, madeOf, domain: undefined };
    }
    for (const rejected of this.#search?.rejections().values() ?? [])
      yield { rejected, madeOf: rejected.part.madeOf, domain: this.#parts.domainOf(rejected.part) };
  }

  get resource(): ViewResource | undefined {
    if (this.#header !== undefined && this.#parts.isServed)
      this.#assembled ??= this.#parts.assemble(this.#header);
    return this.#assembled;
  }

  #searching(): PartSearch<P> {
    this.#search ??= new PartSearch({
      get: (key) => this.#parts.get(key),
      serve: (key, part) => {
        this.#changing();
        this.#parts.set(key, part);
      },
    });
    return this.#search;
  }

  #changing(): void {
    if (this.#header !== undefined) this.#onChange(this.#header.name, this.#assembled?.version);
    this.#assembled = undefined;
  }

  /** Skips tests of versions that were rejected before: no proxy would be sent them again. */
  #skipRejected(): void {
    while (
      this.#search?.searching === true &&
      this.#rejectedVersions?.has(this.resource?.version ?? '') === true
    ) {
      if (this.#lastRejection === undefined || !this.#search.reject(this.#lastRejection)) break;
    }
    if (this.#search?.searching !== true) this.#rejectedVersions = undefined;
  }
}
