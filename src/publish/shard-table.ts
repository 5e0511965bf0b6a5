import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { contentHash } from '../lib/hash.ts';
import { virtualHostName } from '../units/virtual-host-name.ts';
import { PartTable, type PartStore } from './part-table.ts';
import { Fragments, lengthDelimited } from './virtual-host.ts';
import { inParts, partsOf, sizeOf, type ViewResource } from './view-resource.ts';

type FragmentPlace = Pick<RouteFragment, 'domain' | 'owner'>;

/**
 * RouteConfiguration of a shard, with its virtual hosts inside. Under scopes, Envoy takes hosts by VHDS some milliseconds
 * after it has ACKed them, and opens a listener before: it would answer 404 until then.
 */
export class ShardTable extends PartTable<RouteFragment, FragmentPlace> {
  readonly #domains: Domains;

  constructor(name: string, onChange?: (name: string, before: string | undefined) => void) {
    const domains = new Domains(name);
    super(domains, onChange);
    this.#domains = domains;
  }

  /** Lists the parts of a domain that are served; undefined: the shard does not have the domain. */
  fragmentsOf(domain: string): Iterable<RouteFragment> | undefined {
    return this.#domains.fragmentsOf(domain);
  }
}

interface Domain {
  readonly fragments: Fragments;
  host: ViewResource | undefined;
}

/** Fragments of a shard by domain. A change costs its domain, and O(domains of the shard) when the shard is read. */
class Domains implements PartStore<RouteFragment, FragmentPlace> {
  readonly #name: string;
  readonly #domains = new Map<string, Domain>();

  constructor(name: string) {
    this.#name = name;
  }

  get empty(): boolean {
    return this.#domains.size === 0;
  }

  readonly isServed = true;

  fragmentsOf(domain: string): Iterable<RouteFragment> | undefined {
    return this.#domains.get(domain)?.fragments.served();
  }

  madeOf({ madeOf }: XdsResource): readonly ResourceKey[] {
    const all = this.#domains.values().flatMap(({ fragments }) => fragments.madeOf());
    return [...new Set([...madeOf, ...all])];
  }

  keyOf({ domain, owner }: FragmentPlace): string {
    return `${domain} ${owner}`;
  }

  domainOf({ domain }: RouteFragment): string {
    return domain;
  }

  get(key: string): RouteFragment | undefined {
    const { domain, owner } = placeOf(key);
    return this.#domains.get(domain)?.fragments.get(owner);
  }

  set(key: string, fragment: RouteFragment | undefined): void {
    const { domain, owner } = placeOf(key);
    const known = this.#domains.get(domain) ?? { fragments: new Fragments(domain), host: undefined };
    known.host = undefined;
    known.fragments.set(owner, fragment);
    if (known.fragments.empty) this.#domains.delete(domain);
    else this.#domains.set(domain, known);
  }

  /** Joins hosts in the order of their domains, so that equal shards are equal bytes on every replica. */
  assemble(header: XdsResource): ViewResource {
    const domains = [...this.#domains].sort(([a], [b]) => (a < b ? -1 : 1));
    const hosts = domains.map(([domain, known]) => (known.host ??= this.#hostOf(domain, known)));
    const version = contentHash([header, ...hosts].map((part) => part.version).join());
    const parts = hosts.flatMap((host) => [lengthDelimited(fieldHosts, sizeOf(host)), ...partsOf(host)]);
    return inParts(header, version, [header.bytes, ...parts]);
  }

  #hostOf(domain: string, { fragments }: Domain): ViewResource {
    return fragments.assemble({ ...noHeader, name: virtualHostName(this.#name, domain) });
  }
}

/** No domain has a space. */
function placeOf(key: string): FragmentPlace {
  const at = key.indexOf(' ');
  return { domain: key.slice(0, at), owner: key.slice(at + 1) as ResourceKey };
}

const noHeader = { typeUrl: '', version: '', bytes: new Uint8Array(0), madeOf: [], names: [] };

/** `RouteConfiguration.virtual_hosts`. */
const fieldHosts = 2;
