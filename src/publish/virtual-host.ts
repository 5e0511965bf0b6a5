import type { RouteEntry, RouteFragment } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { contentHash } from '../lib/hash.ts';
import { Pages, startsPage, type Placed } from './pages.ts';
import { joinBytes } from '../lib/own-bytes.ts';

/** Bytes in pieces: large ones that seldom change are not joined. */
export interface Pieces {
  readonly version: string;
  readonly bytes: readonly Uint8Array[];
}

interface PlacedEntry extends Placed {
  readonly bytes: Uint8Array;
}

interface EntryPage {
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** Domain of a RouteConfiguration. A change of one of N entries costs a page of them and a hash over N / 64 pages. */
export class VirtualHost implements Placed {
  readonly key: string;
  readonly startsPage: boolean;
  readonly #fragments = new Map<ResourceKey, RouteFragment>();
  readonly #entries = new Pages(entryPage);
  #length = 0;
  #version: string | undefined;

  constructor(domain: string) {
    this.key = domain;
    this.startsPage = startsPage(domain);
  }

  get empty(): boolean {
    return this.#fragments.size === 0;
  }

  get(owner: ResourceKey): RouteFragment | undefined {
    return this.#fragments.get(owner);
  }

  put(fragment: RouteFragment): void {
    this.#remove(fragment.owner);
    this.#fragments.set(fragment.owner, fragment);
    for (const entry of fragment.entries) {
      this.#entries.put(placed(entry));
      this.#length += entry.bytes.length;
    }
    this.#version = undefined;
  }

  delete(owner: ResourceKey): void {
    this.#remove(owner);
    this.#fragments.delete(owner);
    this.#version = undefined;
  }

  /** Protobuf field in its RouteConfiguration. No copy is kept of a small one. */
  get pieces(): Pieces {
    const head = this.#head();
    if (this.#entries.size <= 1) {
      const bytes = Buffer.concat([head, ...this.#entries.items().map((entry) => entry.bytes)]);
      this.#version ??= contentHash(bytes);
      return { version: this.#version, bytes: [bytes] };
    }
    const pages = this.#entries.made();
    this.#version ??= contentHash([contentHash(head), ...pages.map((page) => page.version)].join());
    return { version: this.#version, bytes: [head, ...pages.map((page) => page.bytes)] };
  }

  #remove(owner: ResourceKey): void {
    for (const entry of this.#fragments.get(owner)?.entries ?? []) {
      this.#entries.delete(entry.order);
      this.#length -= entry.bytes.length;
    }
  }

  #head(): Buffer {
    const domain = Buffer.from(this.key);
    const own = [fieldName, fieldDomains].flatMap((tag) => [tag, ...varint(domain.length), ...domain]);
    return Buffer.from([fieldVirtualHosts, ...varint(own.length + this.#length), ...own]);
  }
}

function entryPage(entries: readonly PlacedEntry[]): EntryPage {
  const bytes = joinBytes(entries.map((entry) => entry.bytes));
  return { bytes, version: contentHash(bytes) };
}

function placed({ order, bytes }: RouteEntry): PlacedEntry {
  return { key: order, startsPage: startsPage(nameIn(order)), bytes };
}

/** Returns the text behind precedence and age, so that pages are equal when a route is created again. */
function nameIn(order: string): string {
  return order.slice(order.indexOf(' ', order.indexOf(' ') + 1) + 1);
}

/** `VirtualHost.name`, `.domains` and `RouteConfiguration.virtual_hosts` as protobuf tags. */
const fieldName = (1 << 3) | 2;
const fieldDomains = (2 << 3) | 2;
const fieldVirtualHosts = (2 << 3) | 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
