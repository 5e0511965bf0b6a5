import type { Refused } from './refusal.ts';
import type { ViewResource } from './view-resource.ts';
import { WeightedNames } from './weighted-names.ts';

/**
 * The resources of one type in one view: as they were translated, except for those that proxies refuse. Such a one is
 * served as the last version that a proxy has ACKed, so that a proxy that starts anew gets what the others run on; where
 * none is known it is withheld, which leaves a proxy with what it has.
 */
export class ResourceSet {
  readonly #served = new WeightedNames<ViewResource>();
  /** Last ACKed version of names whose served one no proxy has ACKed yet; undefined: none is known. */
  readonly #lastGood = new Map<string, ViewResource | undefined>();
  readonly #refused = new Map<string, Refused & { readonly wanted: ViewResource }>();
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called with each name that is about to be served in another version than `before`. */
  constructor(onChange: (name: string, before: string | undefined) => void) {
    this.#onChange = onChange;
  }

  get empty(): boolean {
    return this.#served.size === 0 && this.#refused.size === 0;
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
  withholds(name: string): boolean {
    return this.#refused.has(name) && !this.#served.has(name);
  }

  /** By name: what is refused, until another version of it is ACKed. */
  refusals(): ReadonlyMap<string, Refused & { readonly wanted: ViewResource }> {
    return this.#refused;
  }

  put(resource: ViewResource): void {
    const { name, version } = resource;
    const served = this.#served.get(name);
    if (served?.version === version) {
      this.#refused.delete(name);
    } else if (this.#refused.get(name)?.version === version) {
      // The version that was put in its place meanwhile is not wanted, and no proxy has ACKed it.
      if (this.#isUnproven(name)) this.#serveLastGood(name);
    } else {
      if (!this.#lastGood.has(name)) this.#lastGood.set(name, served);
      this.#serve(name, resource);
    }
  }

  delete(name: string): void {
    // Told of a withheld one, too: if it comes again it is another one, which a stream is to try again.
    const isNews = this.#refused.delete(name) || this.#served.has(name);
    this.#lastGood.delete(name);
    if (isNews) this.#serve(name, undefined);
  }

  /** A proxy has this version. Returns whether a refusal ended by it. */
  acknowledged(name: string, version: string): boolean {
    const refused = this.#refused.get(name);
    if (this.#served.get(name)?.version !== version) {
      if (refused?.version !== version) return false;
      // One proxy refused it and another takes it, so it is the first one's own trouble. What is newer stays.
      if (this.#isUnproven(name)) {
        this.#lastGood.set(name, refused.wanted);
        this.#refused.delete(name);
        return true;
      }
      this.#serve(name, refused.wanted);
    }
    this.#lastGood.delete(name);
    return this.#refused.delete(name);
  }

  /** A proxy refuses this version. Returns false when it is not the one that is served, or other proxies have it. */
  refuse(name: string, refused: Refused): boolean {
    const wanted = this.#served.get(name);
    if (wanted?.version !== refused.version || !this.#lastGood.has(name)) return false;
    this.#refused.set(name, { ...refused, wanted });
    this.#serveLastGood(name);
    return true;
  }

  /** Serves everything as it was translated, to be refused anew or not. Returns whether anything was refused. */
  forgive(): boolean {
    const refused = [...this.#refused];
    this.#refused.clear();
    for (const [name, { wanted }] of refused) {
      // Something newer is served already.
      if (this.#isUnproven(name)) continue;
      if (!this.#lastGood.has(name)) this.#lastGood.set(name, this.#served.get(name));
      this.#serve(name, wanted);
    }
    return refused.length > 0;
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
