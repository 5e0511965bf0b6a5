import type { RouteEntry, RouteFragment, XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { contentHash } from '../lib/hash.ts';
import { Pages, startsPage, type Placed } from './pages.ts';
import { joinBytes } from '../lib/own-bytes.ts';
import { PartTable, type PartStore } from './part-table.ts';
import { typeUrl } from './type-table.ts';
import { inParts, type ViewResource } from './view-resource.ts';

type FragmentPlace = Pick<RouteFragment, 'owner'>;

/** VirtualHost resource of one domain, whose parts are fragments. */
export class VirtualHost extends PartTable<RouteFragment, FragmentPlace> {
  readonly name: string;
  readonly #fragments: Fragments;

  constructor(name: string, domain: string, onChange?: (name: string, before: string | undefined) => void) {
    const fragments = new Fragments(domain);
    super(fragments, onChange);
    this.name = name;
    this.#fragments = fragments;
    this.setHeader({ ...headerOfAll, name });
  }

  /** Lists the parts that are served. */
  get fragments(): Iterable<RouteFragment> {
    return this.#fragments.served();
  }
}

const headerOfAll = {
  typeUrl: typeUrl.virtualHost,
  version: '',
  bytes: new Uint8Array(0),
  madeOf: [],
  names: [],
};

interface PlacedEntry extends Placed {
  readonly bytes: Uint8Array;
}

interface EntryPage {
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** Fragments of a domain. A change of one of N entries costs a page of them and a hash over N / 64 pages. */
export class Fragments implements PartStore<RouteFragment, FragmentPlace> {
  readonly #domain: string;
  readonly #fragments = new Map<string, RouteFragment>();
  readonly #entries = new Pages(entryPage);

  constructor(domain: string) {
    this.#domain = domain;
  }

  get empty(): boolean {
    return this.#fragments.size === 0;
  }

  get isServed(): boolean {
    return this.#fragments.size > 0;
  }

  served(): Iterable<RouteFragment> {
    return this.#fragments.values();
  }

  madeOf(): readonly ResourceKey[] {
    return [...new Set(this.#fragments.values().flatMap(({ madeOf }) => madeOf))];
  }

  keyOf({ owner }: FragmentPlace): string {
    return owner;
  }

  domainOf({ domain }: RouteFragment): string {
    return domain;
  }

  get(owner: string): RouteFragment | undefined {
    return this.#fragments.get(owner);
  }

  set(owner: string, fragment: RouteFragment | undefined): void {
    for (const entry of this.#fragments.get(owner)?.entries ?? []) this.#entries.delete(entry.order);
    if (fragment === undefined) this.#fragments.delete(owner);
    else this.#fragments.set(owner, fragment);
    for (const entry of fragment?.entries ?? []) this.#entries.put(placed(entry));
  }

  /** Joins small ones without a copy that stays: the parts of one page are the entries' own bytes. */
  assemble(header: XdsResource): ViewResource {
    const head = headOf(header.name, this.#domain);
    if (this.#entries.size <= 1) {
      const parts = [head, ...this.#entries.items().map((entry) => entry.bytes)];
      return inParts(header, contentHash(Buffer.concat(parts)), parts);
    }
    const pages = this.#entries.made();
    // Equal parts in equal order are equal bytes, so their hashes stand for the whole.
    const version = contentHash([contentHash(head), ...pages.map((page) => page.version)].join());
    return inParts(header, version, [head, ...pages.map((page) => page.bytes)]);
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

/** Encodes `VirtualHost.name` and `.domains`. Bytes of entries behind them complete the message. */
function headOf(name: string, domain: string): Buffer {
  return Buffer.concat([field(1, name), field(2, domain)]);
}

function field(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([lengthDelimited(number, bytes.length), bytes]);
}

/** Encodes the beginning of a field of text, bytes or a message. */
export function lengthDelimited(number: number, length: number): Buffer {
  return Buffer.from([(number << 3) | 2, ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
