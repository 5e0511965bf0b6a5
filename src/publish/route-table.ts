import type { VirtualHostFragment, XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import { PartSearch } from './part-search.ts';
import type { Refused } from './refusal.ts';
import { lowerBound, RoutePage } from './route-page.ts';
import type { ViewResource } from './view-resource.ts';

/**
 * One RouteConfiguration, put together from its own bytes and its virtual hosts' when it is next read. A change of one
 * of R virtual hosts translates none of the others. It costs one page, about `pageSize` fragments, and a hash
 * over R / `pageSize` pages; the whole is copied once for each proxy, into the message.
 *
 * Which domains share a page depends on their names alone, so that equal tables have equal versions on every replica,
 * whatever happened to them before.
 *
 * A virtual host that proxies refuse is served as the last good one, or not at all, and keeps no other back.
 */
export class RouteTable {
  #header: XdsResource | undefined;
  /** In domain order. Every page but the first begins with a domain that starts a page. */
  readonly #pages: RoutePage[] = [];
  #assembled: ViewResource | undefined;
  readonly #search: PartSearch<VirtualHostFragment>;
  /** During a search, what needs not be tried again. */
  readonly #refusedVersions = new Set<string>();
  /** It is refused, and it is not known for which of its virtual hosts. */
  #refusedWhole: Refused | undefined;
  #proven = false;
  #lastWords: Refused | undefined;
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is told when another version than `before` is about to be served under a name, or none. */
  constructor(onChange: (name: string, before: string | undefined) => void = () => {}) {
    this.#onChange = onChange;
    this.#search = new PartSearch({
      get: (domain) => this.#pages[this.#pageOf(domain)]?.get(domain),
      serve: (domain, fragment) => {
        this.#changing();
        if (fragment === undefined) this.#delete(domain);
        else this.#put(fragment);
      },
    });
  }

  get empty(): boolean {
    return this.#header === undefined && this.#pages.length === 0 && this.#search.refusals().size === 0;
  }

  /** Name of the RouteConfiguration to serve; without one, fragments wait for it. */
  get servedName(): string | undefined {
    return this.#header?.name;
  }

  /** The RouteConfiguration without virtual hosts. */
  setHeader(header: XdsResource | undefined): void {
    const before = this.#header;
    if (before?.version === header?.version) return;
    this.#changing();
    this.#header = header;
    if (header !== undefined && header.name !== before?.name) this.#onChange(header.name, undefined);
  }

  put(fragment: VirtualHostFragment): void {
    this.#search.put(fragment.domain, fragment);
  }

  delete(domain: string): void {
    this.#search.delete(domain);
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
    // What those proxies have is from before this process, so to look for the bad one would take good ones from them.
    const isSearchable = this.#proven || !isHeld;
    this.#refusedVersions.add(refused.version);
    this.#lastWords = refused;
    if (!isSearchable || !this.#search.refuse(refused)) this.#refusedWhole = refused;
    this.#skipRefused();
    return true;
  }

  /** Whether it is not served as it should be, or may not be, since the part that is refused is looked for. */
  get refused(): boolean {
    return this.#refusedWhole !== undefined || this.#search.searching || this.#search.refusals().size > 0;
  }

  /** What is refused: by domain, or all of it with none. */
  *refusals(): Generator<readonly [domain: string | undefined, Refused]> {
    if (this.#refusedWhole !== undefined) yield [undefined, this.#refusedWhole];
    yield* this.#search.refusals();
  }

  /** The whole RouteConfiguration; the same object until something in it changes. */
  get resource(): ViewResource | undefined {
    if (this.#header !== undefined) this.#assembled ??= this.#assemble(this.#header);
    return this.#assembled;
  }

  #changing(): void {
    if (this.#header !== undefined) this.#onChange(this.#header.name, this.#assembled?.version);
    this.#assembled = undefined;
  }

  /** What the search serves next may be what has been refused before: no proxy would be sent that again. */
  #skipRefused(): void {
    while (this.#search.searching && this.#refusedVersions.has(this.resource?.version ?? '')) {
      if (this.#lastWords === undefined || !this.#search.refuse(this.#lastWords)) break;
    }
    if (!this.#search.searching) this.#refusedVersions.clear();
  }

  #put(fragment: VirtualHostFragment): void {
    const { domain } = fragment;
    const at = this.#pageOf(domain);
    const page = this.#pages[at];
    if (page === undefined) this.#pages.push(new RoutePage([fragment]));
    else if (page.get(domain) !== undefined) page.put(fragment);
    else if (startsPage(domain)) {
      const behind = page.splitAfter(domain);
      this.#pages.splice(at + 1, 0, new RoutePage([fragment, ...behind]));
      if (page.empty) this.#pages.splice(at, 1);
    } else if (domain < page.first && startsPage(page.first))
      this.#pages.splice(at, 0, new RoutePage([fragment]));
    else page.put(fragment);
  }

  #delete(domain: string): void {
    const at = this.#pageOf(domain);
    const page = this.#pages[at];
    if (page?.get(domain) === undefined) return;
    const wasFirst = page.first === domain;
    page.delete(domain);
    if (wasFirst && at > 0) this.#pages[at - 1]?.append(page);
    if (page.empty || (wasFirst && at > 0)) this.#pages.splice(at, 1);
  }

  /** The last page that begins at or before the domain; the first one for a domain before all. */
  #pageOf(domain: string): number {
    const behind = lowerBound(this.#pages.length, (i) => (this.#pages[i]?.first ?? '') <= domain);
    return Math.max(0, behind - 1);
  }

  #assemble(header: XdsResource): ViewResource {
    // Hashes of parts stand for the hash of the whole: equal parts in equal order are equal bytes.
    const version = contentHash([header.version, ...this.#pages.map((page) => page.version)].join());
    const parts = [header.bytes, ...this.#pages.map((page) => page.bytes)];
    return {
      typeUrl: header.typeUrl,
      name: header.name,
      version,
      madeOf: header.madeOf,
      names: header.names,
      parts,
      size: parts.reduce((sum, part) => sum + part.length, 0),
      get bytes() {
        return Buffer.concat(parts);
      },
    };
  }
}

/** Domains of a page, on average. More make a change dearer, fewer make the copy of the whole dearer. */
const pageSize = 64;

/** FNV-1a of the name: evenly spread, and the same everywhere. */
function startsPage(domain: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < domain.length; i++) hash = Math.imul(hash ^ domain.charCodeAt(i), 0x01000193);
  return (hash >>> 8) % pageSize === 0;
}
