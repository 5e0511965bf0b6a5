import { BlockList, isIP } from 'node:net';
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
  readonly #refused = rangesOf(alwaysRefused);
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
      if (isIP(address) === 0 || contains(this.#refused, address))
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

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6, and the metadata services. */
const alwaysRefused = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Metadata services at addresses that could be anything: Alibaba Cloud, Azure, and AWS by IPv6.
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::/32',
  // Unspecified, loopback and IPv4-compatible; IPv4 in other clothes is looked at without them.
  '::/96',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  // Relays that lead to any IPv4 address: 6to4 and Teredo.
  '2002::/16',
  '2001::/32',
  '64:ff9b:1::/48',
];

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
