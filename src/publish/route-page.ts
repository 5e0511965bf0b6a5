import type { VirtualHostFragment } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';

/** A run of neighbouring virtual hosts, in domain order, with their bytes put together when they are next read. */
export class RoutePage {
  readonly #fragments: VirtualHostFragment[];
  #bytes: Buffer | undefined;
  #version: string | undefined;

  constructor(fragments: VirtualHostFragment[]) {
    this.#fragments = fragments;
  }

  get first(): string {
    return this.#fragments[0]?.domain ?? '';
  }

  get empty(): boolean {
    return this.#fragments.length === 0;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.concat(this.#fragments.map((fragment) => fragment.bytes));
    return this.#bytes;
  }

  /** Stands for the bytes: equal versions of all fragments, in order. */
  get version(): string {
    this.#version ??= contentHash(this.#fragments.map((fragment) => fragment.version).join());
    return this.#version;
  }

  get(domain: string): VirtualHostFragment | undefined {
    const at = this.#position(domain);
    return this.#fragments[at]?.domain === domain ? this.#fragments[at] : undefined;
  }

  put(fragment: VirtualHostFragment): void {
    const at = this.#position(fragment.domain);
    const replaced = this.#fragments[at]?.domain === fragment.domain ? 1 : 0;
    this.#fragments.splice(at, replaced, fragment);
    this.#changed();
  }

  delete(domain: string): void {
    this.#fragments.splice(this.#position(domain), 1);
    this.#changed();
  }

  /** Takes away what stands behind the domain. */
  splitAfter(domain: string): VirtualHostFragment[] {
    const at = this.#position(domain);
    this.#changed();
    return this.#fragments.splice(this.#fragments[at]?.domain === domain ? at + 1 : at);
  }

  /** Takes the other page's fragments over, all of which stand behind this page's. */
  append(page: RoutePage): void {
    this.#fragments.push(...page.#fragments);
    this.#changed();
  }

  #changed(): void {
    this.#bytes = undefined;
    this.#version = undefined;
  }

  /** Where the domain is, or would be. */
  #position(domain: string): number {
    return lowerBound(this.#fragments.length, (i) => (this.#fragments[i]?.domain ?? '') < domain);
  }
}

/** The first of `length` positions for which `before` does not hold; it holds for a prefix of them. */
export function lowerBound(length: number, before: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
