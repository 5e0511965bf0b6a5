import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import { Pages } from './pages.ts';
import { PartTable, type PartStore } from './part-table.ts';
import { inParts, type ViewResource } from './view-resource.ts';
import { VirtualHost, type Pieces } from './virtual-host.ts';
import { joinBytes } from '../lib/own-bytes.ts';

type FragmentPlace = Pick<RouteFragment, 'domain' | 'owner'>;

/**
 * RouteConfiguration whose parts are fragments. A change costs a page of entries, a page of domains, and a hash over
 * the pages; the whole is copied once for each proxy, into the message.
 */
export class RouteTable extends PartTable<RouteFragment, FragmentPlace> {
  constructor(onChange?: (name: string, before: string | undefined) => void) {
    super(new Hosts(), onChange);
  }
}

class Hosts implements PartStore<RouteFragment, FragmentPlace> {
  readonly #hosts = new Pages<VirtualHost, Pieces>(piecesOfPage);

  get empty(): boolean {
    return this.#hosts.empty;
  }

  /** No domain contains a space. */
  keyOf({ domain, owner }: FragmentPlace): string {
    return `${domain} ${owner}`;
  }

  domainOf({ domain }: RouteFragment): string {
    return domain;
  }

  get(key: string): RouteFragment | undefined {
    const { domain, owner } = placeOf(key);
    return this.#hosts.get(domain)?.get(owner);
  }

  set(key: string, fragment: RouteFragment | undefined): void {
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

  assemble(header: XdsResource): ViewResource {
    const pages = this.#hosts.made();
    // Equal parts in equal order are equal bytes, so their hashes stand for the whole.
    const version = contentHash([header.version, ...pages.map((page) => page.version)].join());
    const parts = [header.bytes, ...pages.flatMap((page) => page.bytes)];
    return inParts(header, version, parts);
  }
}

function placeOf(key: string): FragmentPlace {
  const at = key.indexOf(' ');
  return { domain: key.slice(0, at), owner: key.slice(at + 1) as ResourceKey };
}

/** Joins small virtual hosts, and copies no large ones. */
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
