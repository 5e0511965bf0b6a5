import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import { Pages } from './pages.ts';
import { PartSearch } from './part-search.ts';
import type { Refused } from './refusal.ts';
import type { ViewResource } from './view-resource.ts';
import { VirtualHost, type Pieces } from './virtual-host.ts';
import { joinBytes } from '../lib/own-bytes.ts';

/**
 * One RouteConfiguration, put together from its own bytes and fragments when it is next read. A change of one route translates
 * no other. It costs a page of its domain's entries, a page of domains, and a hash over as many pages as there are; the whole
 * is copied once for each proxy, into the message.
 *
 * A fragment that proxies refuse is served as the last good one, or not at all, and keeps no other back.
 */
export class RouteTable {
  #header: XdsResource | undefined;
  readonly #hosts = new Pages<VirtualHost, Pieces>(piecesOfPage);
  #assembled: ViewResource | undefined;
  readonly #search: PartSearch<RouteFragment>;
  /** During a search, what needs not be tried again. */
  readonly #refusedVersions = new Set<string>();
  /** It is refused, and it is not known for which of its fragments. */
  #refusedWhole: Refused | undefined;
  #proven = false;
  #lastWords: Refused | undefined;
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is told when another version than `before` is about to be served under a name, or none. */
  constructor(onChange: (name: string, before: string | undefined) => void = () => {}) {
    this.#onChange = onChange;
    this.#search = new PartSearch({
      get: (key) => this.#fragment(key),
      serve: (key, fragment) => this.#serve(key, fragment),
    });
  }

  get empty(): boolean {
    return this.#header === undefined && this.#hosts.empty && this.#search.refusals().size === 0;
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

  put(fragment: RouteFragment): void {
    this.#search.put(keyOf(fragment), fragment);
  }

  delete(fragment: Pick<RouteFragment, 'domain' | 'owner'>): void {
    this.#search.delete(keyOf(fragment));
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

  /** What is refused, and what that was made of: fragments, or all of it with no domain. */
  *refusals(): Generator<RefusedRoutes> {
    if (this.#refusedWhole !== undefined)
      yield { refused: this.#refusedWhole, madeOf: this.#header?.madeOf ?? [], domain: undefined };
    for (const refused of this.#search.refusals().values())
      yield { refused, madeOf: refused.part.madeOf, domain: refused.part.domain };
  }

  /** The whole RouteConfiguration; the same object until something in it changes. */
  get resource(): ViewResource | undefined {
    if (this.#header !== undefined) this.#assembled ??= this.#assemble(this.#header);
    return this.#assembled;
  }

  #fragment(key: string): RouteFragment | undefined {
    const { domain, owner } = placeOf(key);
    return this.#hosts.get(domain)?.get(owner);
  }

  #serve(key: string, fragment: RouteFragment | undefined): void {
    this.#changing();
    const { domain, owner } = placeOf(key);
    const host = this.#hosts.get(domain);
    if (fragment !== undefined) {
      const changed = host ?? new VirtualHost(domain);
      changed.put(fragment);
      if (host === undefined) this.#hosts.put(changed);
      else this.#hosts.touch(domain);
      return;
    }
    host?.delete(owner);
    if (host?.empty === true) this.#hosts.delete(domain);
    else this.#hosts.touch(domain);
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

  #assemble(header: XdsResource): ViewResource {
    const pages = this.#hosts.made();
    // Hashes of parts stand for the hash of the whole: equal parts in equal order are equal bytes.
    const version = contentHash([header.version, ...pages.map((page) => page.version)].join());
    const parts = [header.bytes, ...pages.flatMap((page) => page.bytes)];
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

interface RefusedRoutes {
  readonly refused: Refused;
  readonly madeOf: readonly ResourceKey[];
  readonly domain: string | undefined;
}

/** No domain has a space in it. */
function keyOf({ domain, owner }: Pick<RouteFragment, 'domain' | 'owner'>): string {
  return `${domain} ${owner}`;
}

function placeOf(key: string): Pick<RouteFragment, 'domain' | 'owner'> {
  const at = key.indexOf(' ');
  return { domain: key.slice(0, at), owner: key.slice(at + 1) as ResourceKey };
}

/** Copies small virtual hosts together, and no large ones. */
function piecesOfPage(hosts: readonly VirtualHost[]): Pieces {
  const bytes: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const versions: string[] = [];
  for (const host of hosts) {
    const pieces = host.pieces;
    versions.push(pieces.version);
    const [first = new Uint8Array(0), ...rest] = pieces.bytes;
    small.push(first);
    if (rest.length === 0) continue;
    bytes.push(joinBytes(small), ...rest);
    small = [];
  }
  if (small.length > 0) bytes.push(joinBytes(small));
  return { version: contentHash(versions.join()), bytes };
}
