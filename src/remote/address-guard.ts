import { isIP } from 'node:net';
import { addressScope } from '../kinds/shape/address-scope.ts';
import { IpRanges, plainAddress } from '../kinds/shape/ip-ranges.ts';

/** Limits of where a fetch may go; see the options of the same names. */
export interface Places {
  readonly allow: readonly string[];
  readonly trust: readonly string[];
  /** Addresses and names of the API server. The worker adds Sluice's own. */
  readonly refused: readonly string[];
}

/** Words for messages. */
export interface PlaceWords {
  readonly thing: 'module' | 'document';
  readonly option: 'wasm.allow' | 'documents.allow';
}

/**
 * Decides which addresses a fetch may connect to. The author of a policy chooses the URL but not Sluice's place in the
 * network, so addresses with another meaning there are always refused: loopback, link-local, metadata services of
 * clouds, Sluice's own, and the API server's. Private ranges, with kubelets and pods, need the operator's consent.
 * Hosts are given as `URL` spells them, which turns `0x7f.1`, `2130706433` and `0177.0.0.1` into 127.0.0.1.
 */
export class AddressGuard {
  readonly #refused = new IpRanges();
  readonly #refusedNames: ReadonlySet<string>;
  readonly #trusted: ReadonlySet<string>;
  readonly #allow: readonly string[];
  readonly #allowed: IpRanges;

  readonly #words: PlaceWords;

  constructor({ allow, trust, refused }: Places, own: readonly string[], words: PlaceWords) {
    for (const address of [...refused, ...own]) this.#refused.add(address);
    this.#refusedNames = new Set(refused.map((host) => host.toLowerCase()));
    this.#trusted = new Set(trust.map(placeOf));
    this.#allow = allow;
    this.#words = words;
    this.#allowed = new IpRanges(allow);
  }

  /** Names what is fetched, for messages. */
  get thing(): string {
    return this.#words.thing;
  }

  /** Returns the reason against a fetch from the host at these addresses, or undefined. */
  problem(host: string, port: number, addresses: readonly string[]): string | undefined {
    const name = host.toLowerCase().replace(/\.$/, '');
    const { thing, option } = this.#words;
    if (addresses.length === 0) return `${name} has no address`;
    // One bad address refuses all: such a name would be asked until it resolves to the bad one.
    for (const address of addresses) {
      if (this.#isTrusted(address, port)) continue;
      if (this.#refusedNames.has(name)) return `${name} is where no ${thing} may come from`;
      if (
        isIP(address) === 0 ||
        addressScope(plainAddress(address)) !== 'routable' ||
        this.#refused.has(address)
      )
        return `${name} is at ${isIP(address) === 0 ? 'no IP address' : address}, where no ${thing} may come from`;
    }
    if (this.#allow.some((glob) => matches(glob, name))) return undefined;
    const others = addresses.filter(
      (address) => !this.#isTrusted(address, port) && !this.#allowed.has(address),
    );
    if (others.some((address) => privateRanges.has(address)))
      return `${name} is at a private address and not in ${option}, so no ${thing} may come from there`;
    const isAnywhere = this.#allow.length === 0 || this.#allow.includes(anyPublic);
    return isAnywhere || others.length === 0
      ? undefined
      : `${name} is not in ${option}, so no ${thing} may come from there`;
  }

  #isTrusted(address: string, port: number): boolean {
    return this.#trusted.has(`${plainAddress(address)} ${port}`);
  }
}

const anyPublic = '*';

/** RFC 1918, RFC 6598 (pods of some clouds), RFC 2544, RFC 4193. */
const privateRanges = new IpRanges([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '198.18.0.0/15',
  'fc00::/7',
]);

function matches(glob: string, name: string): boolean {
  const pattern = glob.toLowerCase();
  return pattern.startsWith('*.')
    ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1
    : name === pattern;
}

function placeOf(entry: string): string {
  const colon = entry.lastIndexOf(':');
  return `${plainAddress(entry.slice(0, colon).replaceAll(/[[\]]/g, ''))} ${entry.slice(colon + 1)}`;
}
