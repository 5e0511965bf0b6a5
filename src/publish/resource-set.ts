import type { RejectedVersion } from './rejection.ts';
import type { ViewResource } from './view-resource.ts';
import { WeightedNames } from './weighted-names.ts';

/**
 * The resources of one type in one view: as they were translated, except for those that proxies reject. Such a one is
 * served as the last version that a proxy has ACKed, so that a proxy that starts anew gets what the others run on; where
 * none is known it is withheld, which leaves a proxy with what it has.
 */
export class ResourceSet {
  readonly #served = new WeightedNames<ViewResource>();
  /** Last ACKed version of names whose served one no proxy has ACKed yet; undefined: none is known. */
  readonly #lastGood = new Map<string, ViewResource | undefined>();
  readonly #rejected = new Map<string, RejectedVersion & { readonly wanted: ViewResource }>();
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called with each name that is about to be served in another version than `before`. */
  constructor(onChange: (name: string, before: string | undefined) => void) {
    this.#onChange = onChange;
  }

  get empty(): boolean {
    return this.#served.size === 0 && this.#rejected.size === 0;
  }

  get(name: string): ViewResource | undefined {
    return this.#served.get(name);
  }

  names(): IterableIterator<string> {
    return this.#served.keys();
  }

  /** Weight of the names that are served, at the time when there was most. */
  get mostNames(): number {
    return this.#served.peak;
  }

  /** True for a resource that should exist and has no good version. */
  clientKeeps(name: string): boolean {
    return this.#rejected.has(name) && !this.#served.has(name);
  }

  /** By name: what is rejected, until another version of it is ACKed. */
  rejections(): ReadonlyMap<string, RejectedVersion & { readonly wanted: ViewResource }> {
    return this.#rejected;
  }

  put(resource: ViewResource): void {
    const { name, version } = resource;
    const served = this.#served.get(name);
    if (served?.version === version) {
      this.#rejected.delete(name);
    } else if (this.#rejected.get(name)?.version === version) {
      // The version that was put in its place meanwhile is not wanted, and no proxy has ACKed it.
      if (this.#isUnproven(name)) this.#serveLastGood(name);
    } else {
      if (!this.#lastGood.has(name)) this.#lastGood.set(name, served);
      this.#serve(name, resource);
    }
  }

  delete(name: string): void {
    // Told of a withheld one, too: if it comes again it is another one, which a stream is to try again.
    const isDifferent = this.#rejected.delete(name) || this.#served.has(name);
    this.#lastGood.delete(name);
    if (isDifferent) this.#serve(name, undefined);
  }

  /** A proxy has this version. Returns whether a rejection ended by it. */
  acknowledged(name: string, version: string): boolean {
    const rejected = this.#rejected.get(name);
    if (this.#served.get(name)?.version !== version) {
      if (rejected?.version !== version) return false;
      // One proxy rejected it and another takes it, so it is the first one's own trouble. What is newer stays.
      if (this.#isUnproven(name)) {
        this.#lastGood.set(name, rejected.wanted);
        this.#rejected.delete(name);
        return true;
      }
      this.#serve(name, rejected.wanted);
    }
    this.#lastGood.delete(name);
    return this.#rejected.delete(name);
  }

  /** A proxy rejects this version. Returns false when it is not the one that is served, or other proxies have it. */
  reject(name: string, rejected: RejectedVersion): boolean {
    const wanted = this.#served.get(name);
    if (wanted?.version !== rejected.version || !this.#lastGood.has(name)) return false;
    this.#rejected.set(name, { ...rejected, wanted });
    this.#serveLastGood(name);
    return true;
  }

  /** Serves everything as it was translated, to be rejected anew or not. Returns whether anything was rejected. */
  forgive(): boolean {
    const rejected = [...this.#rejected];
    this.#rejected.clear();
    for (const [name, { wanted }] of rejected) {
      // Something newer is served already.
      if (this.#isUnproven(name)) continue;
      if (!this.#lastGood.has(name)) this.#lastGood.set(name, this.#served.get(name));
      this.#serve(name, wanted);
    }
    return rejected.length > 0;
  }

  /** True while a version is served that no proxy has ACKed. */
  #isUnproven(name: string): boolean {
    return this.#served.has(name) && this.#lastGood.has(name);
  }

  #serveLastGood(name: string): void {
    const good = this.#lastGood.get(name);
    this.#serve(name, good);
    if (good !== undefined) this.#lastGood.delete(name);
  }

  #serve(name: string, resource: ViewResource | undefined): void {
    this.#onChange(name, this.#served.get(name)?.version);
    if (resource === undefined) this.#served.delete(name);
    else this.#served.set(name, resource);
  }
}
