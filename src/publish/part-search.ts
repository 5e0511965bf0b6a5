import type { RejectedVersion } from './rejection.ts';

interface Part {
  readonly version: string;
}

export interface RejectedPart<P> extends RejectedVersion {
  readonly part: P;
}

export interface Whole<P> {
  get(key: string): P | undefined;
  serve(key: string, part: P | undefined): void;
}

/**
 * Bisects a rejected whole: a NACK does not name the part that caused it.
 *
 * A part that has changed since a proxy ACKed the whole is suspect. All suspects are taken back to their last good
 * form, and half of them at a time are served again: an ACK clears them, a NACK halves them again, until one part
 * stands alone. That one stays at its last good version. So k bad of n changed parts cost about k log n responses,
 * and no proxy gets less than the last good whole. Parts that change during the search wait, so that they are not
 * blamed for others.
 */
export class PartSearch<P extends Part> {
  readonly #whole: Whole<P>;
  /** Last ACKed form of parts that no proxy has ACKed as they are; undefined: none. */
  readonly #lastGood = new Map<string, P | undefined>();
  /** Wanted form of parts that are not served. */
  readonly #keptBack = new Map<string, P>();
  readonly #rejected = new Map<string, RejectedPart<P>>();
  #tests: string[][] = [];
  #testing: readonly string[] | undefined;
  #arrived = new Set<string>();

  constructor(whole: Whole<P>) {
    this.#whole = whole;
  }

  /** True when nothing has to be remembered. */
  get isOver(): boolean {
    const kept = [this.#lastGood, this.#keptBack, this.#rejected, this.#arrived];
    return !this.searching && this.#tests.length === 0 && kept.every(({ size }) => size === 0);
  }

  /** True while parts wait for an ACK or a NACK. */
  get searching(): boolean {
    return this.#testing !== undefined;
  }

  /** Rejected parts by key, until another version of them is ACKed. */
  rejections(): ReadonlyMap<string, RejectedPart<P>> {
    return this.#rejected;
  }

  put(key: string, part: P): void {
    const served = this.#whole.get(key);
    const keptBack = this.#keptBack.get(key);
    if (served?.version === part.version) {
      this.#keptBack.delete(key);
      if (!this.#lastGood.has(key)) this.#rejected.delete(key);
      return;
    }
    if (keptBack?.version === part.version) return;
    const isRejected = this.#rejected.get(key)?.version === part.version;
    if (this.searching || isRejected) {
      this.#keptBack.set(key, part);
      if (!isRejected) this.#arrived.add(key);
      else if (!this.searching && this.#lastGood.has(key)) this.#takeBack(key);
      return;
    }
    this.#keptBack.delete(key);
    this.#serve(key, part);
  }

  /** Removes a part. No proxy can reject that. */
  delete(key: string): void {
    this.#keptBack.delete(key);
    this.#rejected.delete(key);
    this.#lastGood.delete(key);
    this.#arrived.delete(key);
    if (this.#whole.get(key) !== undefined) this.#whole.serve(key, undefined);
  }

  acknowledged(): void {
    this.#lastGood.clear();
    for (const key of this.#rejected.keys()) if (!this.#keptBack.has(key)) this.#rejected.delete(key);
    this.#testing = undefined;
    this.#next();
  }

  /** Called when a proxy rejects the whole as it is served. Returns false when nothing in it has changed since an ACK. */
  reject(rejected: Omit<RejectedVersion, 'version'>): boolean {
    const suspects = (this.#testing ?? [...this.#lastGood.keys()]).filter((key) => this.#lastGood.has(key));
    this.#testing = undefined;
    const [only] = suspects;
    if (only === undefined) {
      this.#next();
      return false;
    }
    const part = this.#whole.get(only);
    for (const key of suspects) this.#takeBack(key);
    if (suspects.length === 1) {
      if (part !== undefined) this.#rejected.set(only, { ...rejected, version: part.version, part });
    } else {
      const half = Math.ceil(suspects.length / 2);
      this.#tests.unshift(suspects.slice(0, half), suspects.slice(half));
    }
    this.#next();
    return true;
  }

  /** Serves everything as wanted: a proxy has ACKed it, so a rejection concerns the others alone. */
  release(): void {
    this.#tests = [];
    this.#arrived.clear();
    this.#testing = undefined;
    for (const [key, part] of this.#keptBack) this.#serve(key, part);
    this.#keptBack.clear();
    this.#rejected.clear();
  }

  #serve(key: string, part: P): void {
    if (!this.#lastGood.has(key)) this.#lastGood.set(key, this.#whole.get(key));
    this.#whole.serve(key, part);
  }

  /** Serves the last good form, and keeps the served one back unless a newer one is. */
  #takeBack(key: string): void {
    const served = this.#whole.get(key);
    if (served !== undefined && !this.#keptBack.has(key)) this.#keptBack.set(key, served);
    this.#whole.serve(key, this.#lastGood.get(key));
    this.#lastGood.delete(key);
  }

  #next(): void {
    for (;;) {
      const group = this.#tests.shift() ?? (this.#arrived.size > 0 ? [...this.#arrived] : undefined);
      if (group === undefined) return;
      const untested = group.filter((key) => this.#isUntested(key));
      for (const key of group) this.#arrived.delete(key);
      if (untested.length === 0) continue;
      for (const key of untested) {
        const part = this.#keptBack.get(key);
        this.#keptBack.delete(key);
        if (part !== undefined) this.#serve(key, part);
      }
      this.#testing = untested;
      return;
    }
  }

  #isUntested(key: string): boolean {
    const part = this.#keptBack.get(key);
    return part !== undefined && this.#rejected.get(key)?.version !== part.version;
  }
}
