import type { VirtualHostFragment, XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import { lowerBound, RoutePage } from './route-page.ts';
import type { ViewResource } from './view-resource.ts';

/**
 * One RouteConfiguration, put together from its own bytes and its virtual hosts' when it is next read. A change of one
 * of R virtual hosts translates none of the others. It costs one page, about `pageSize` fragments, and a hash
 * over R / `pageSize` pages; the whole is copied once for each proxy, into the message.
 *
 * Which domains share a page depends on their names alone, so that equal tables have equal versions on every replica,
 * whatever happened to them before.
 */
export class RouteTable {
  #header: XdsResource | undefined;
  /** In domain order. Every page but the first begins with a domain that starts a page. */
  readonly #pages: RoutePage[] = [];
  #assembled: ViewResource | undefined;

  get empty(): boolean {
    return this.#header === undefined && this.#pages.length === 0;
  }

  /** Whether there is a RouteConfiguration to serve; before, fragments wait for it. */
  get served(): boolean {
    return this.#header !== undefined;
  }

  /** The RouteConfiguration without virtual hosts. Returns whether the table is different now. */
  setHeader(header: XdsResource | undefined): boolean {
    if (this.#header?.version === header?.version) return false;
    this.#header = header;
    this.#assembled = undefined;
    return true;
  }

  put(fragment: VirtualHostFragment): boolean {
    const { domain } = fragment;
    const at = this.#pageOf(domain);
    const page = this.#pages[at];
    const before = page?.get(domain);
    if (before?.version === fragment.version) return false;
    this.#assembled = undefined;
    if (page === undefined) this.#pages.push(new RoutePage([fragment]));
    else if (before !== undefined) page.put(fragment);
    else if (startsPage(domain)) {
      const behind = page.splitAfter(domain);
      this.#pages.splice(at + 1, 0, new RoutePage([fragment, ...behind]));
      if (page.empty) this.#pages.splice(at, 1);
    } else if (domain < page.first && startsPage(page.first))
      this.#pages.splice(at, 0, new RoutePage([fragment]));
    else page.put(fragment);
    return true;
  }

  delete(domain: string): boolean {
    const at = this.#pageOf(domain);
    const page = this.#pages[at];
    if (page?.get(domain) === undefined) return false;
    this.#assembled = undefined;
    const wasFirst = page.first === domain;
    page.delete(domain);
    if (wasFirst && at > 0) this.#pages[at - 1]?.append(page);
    if (page.empty || (wasFirst && at > 0)) this.#pages.splice(at, 1);
    return true;
  }

  /** The whole RouteConfiguration; the same object until something in it changes. */
  get resource(): ViewResource | undefined {
    if (this.#header !== undefined) this.#assembled ??= this.#assemble(this.#header);
    return this.#assembled;
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
