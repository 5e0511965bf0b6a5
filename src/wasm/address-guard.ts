import { BlockList, isIP } from 'node:net';
import { addressScope } from '../kinds/shape/address-scope.ts';
import { formatIPv4, parseIPv6 } from '../kinds/shape/ip.ts';
import type { Places } from './module-fetch.ts';

/**
 * Decides where a fetch may go to. A policy's author chooses the URL and Sluice's place in the network is not theirs, so
 * addresses that mean something else to Sluice than to them are always refused: loopback, link-local, the metadata
 * services of clouds, Sluice's own, and those of the API server. Private ranges are allowed, since registries live there.
 *
 * Hosts are given as `URL` spells them, which turns `0x7f.1`, `2130706433` and `0177.0.0.1` into 127.0.0.1.
 */
export class AddressGuard {
  readonly #refused = new BlockList();
  readonly #refusedNames: ReadonlySet<string>;
  readonly #trusted: ReadonlySet<string>;
  readonly #allow: readonly string[];
  readonly #allowed: BlockList;

  /** `own`: the addresses of this machine. */
  constructor({ allow, trust, refused }: Places, own: readonly string[]) {
    for (const address of [...refused, ...own]) addTo(this.#refused, address);
    this.#refusedNames = new Set(refused.map((host) => host.toLowerCase()));
    this.#trusted = new Set(trust.map(placeOf));
    this.#allow = allow;
    this.#allowed = rangesOf(allow);
  }

  /** Why nothing may be fetched from the host at these addresses, one of them or all; undefined: it may. */
  problem(host: string, port: number, addresses: readonly string[]): string | undefined {
    const name = host.toLowerCase().replace(/\.$/, '');
    if (addresses.length === 0) return `${name} has no address`;
    // One bad address among good ones is a name that means to be asked again until it is the bad one's turn.
    for (const address of addresses) {
      if (this.#isTrusted(address, port)) continue;
      if (this.#refusedNames.has(name)) return `${name} is where no module may come from`;
      if (
        isIP(address) === 0 ||
        addressScope(canonical(address)) !== 'routable' ||
        contains(this.#refused, address)
      )
        return `${name} is at ${isIP(address) === 0 ? 'no IP address' : address}, where no module may come from`;
    }
    const isAllowed =
      this.#allow.length === 0 ||
      this.#allow.some((glob) => matches(glob, name)) ||
      addresses.every((address) => this.#isTrusted(address, port) || contains(this.#allowed, address));
    return isAllowed ? undefined : `${name} is not in wasm.allow, so no module may come from there`;
  }

  #isTrusted(address: string, port: number): boolean {
    return this.#trusted.has(`${canonical(address)} ${port}`);
  }
}

function rangesOf(entries: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const entry of entries) addTo(ranges, entry);
  return ranges;
}

/** What is neither an address nor a range is a host name. */
function addTo(ranges: BlockList, entry: string): void {
  const [text = '', bits] = entry.split('/');
  const address = text.replace(/%.*$/, '');
  const version = isIP(address);
  if (version === 0) return;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const length = bits === undefined ? Infinity : Number(bits);
  const most = version === 4 ? 32 : 128;
  if (bits === undefined) ranges.addAddress(address, family);
  else if (Number.isInteger(length) && length <= most) ranges.addSubnet(address, length, family);
}

function contains(ranges: BlockList, address: string): boolean {
  const plain = canonical(address);
  return ranges.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
}

/** An IPv4 address that is written as, or translated to, an IPv6 one is looked at as itself. */
function canonical(address: string): string {
  const text = address.replace(/%.*$/, '').toLowerCase();
  const words = isIP(text) === 6 ? parseIPv6(text) : undefined;
  if (words === undefined) return text;
  const [a, b, c, d] = words;
  const isMapped = a === 0 && b === 0 && c === 0xffff;
  const isTranslated = a === 0x0064ff9b && b === 0 && c === 0;
  return isMapped || isTranslated ? formatIPv4(d) : text;
}

function matches(glob: string, name: string): boolean {
  const pattern = glob.toLowerCase();
  return pattern.startsWith('*.')
    ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1
    : name === pattern;
}

/** `ADDRESS:PORT` as `problem` asks for it. */
function placeOf(entry: string): string {
  const colon = entry.lastIndexOf(':');
  return `${canonical(entry.slice(0, colon).replaceAll(/[[\]]/g, ''))} ${entry.slice(colon + 1)}`;
}
