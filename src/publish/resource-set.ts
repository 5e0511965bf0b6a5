import type { RejectedVersion } from './rejection.ts';
import type { ViewResource } from './view-resource.ts';
import { WeightedNames } from './weighted-names.ts';

/**
 * Resources of one type in one view. A rejected one is served at its last ACKed version, so that a new proxy gets
 * what the others run on; without such a version it is not sent.
 */
export class ResourceSet {
  readonly #served = new WeightedNames<ViewResource>();
  /** Last ACKed version of names whose served version no proxy has ACKed; undefined: none. */
  readonly #lastGood = new Map<string, ViewResource | undefined>();
  readonly #rejected = new Map<string, RejectedVersion & { readonly wanted: ViewResource }>();
  readonly #onChange: (name: string, before: string | undefined) => void;

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

  get mostNames(): number {
    return this.#served.peak;
  }

  /** True for a wanted resource without a good version: a client keeps the one that it has. */
  clientKeeps(name: string): boolean {
    return this.#rejected.has(name) && !this.#served.has(name);
  }

  rejections(): ReadonlyMap<string, RejectedVersion & { readonly wanted: ViewResource }> {
    return this.#rejected;
  }

  put(resource: ViewResource): void {
    const { name, version } = resource;
    const served = this.#served.get(name);
    if (served?.version === version) {
      this.#rejected.delete(name);
    } else if (this.#rejected.get(name)?.version === version) {
      if (this.#isUnproven(name)) this.#serveLastGood(name);
    } else {
      if (!this.#lastGood.has(name)) this.#lastGood.set(name, served);
      this.#serve(name, resource);
    }
  }

  delete(name: string): void {
    // Also for one that is not served: if it returns, a stream has to try it again.
    const isDifferent = this.#rejected.delete(name) || this.#served.has(name);
    this.#lastGood.delete(name);
    if (isDifferent) this.#serve(name, undefined);
  }

  /** Called when a proxy has this version. Returns true when that ends a rejection. */
  acknowledged(name: string, version: string): boolean {
    const rejected = this.#rejected.get(name);
    if (this.#served.get(name)?.version !== version) {
      if (rejected?.version !== version) return false;
      // A version that one proxy takes is good: the rejection concerns the other proxy alone. A newer one stays.
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

  /** Called when a proxy rejects this version. Returns false when it is not served, or other proxies have it. */
  reject(name: string, rejected: RejectedVersion): boolean {
    const wanted = this.#served.get(name);
    if (wanted?.version !== rejected.version || !this.#lastGood.has(name)) return false;
    this.#rejected.set(name, { ...rejected, wanted });
    this.#serveLastGood(name);
    return true;
  }

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
