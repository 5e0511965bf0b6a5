import { embeddedIPv4, parseIPv4, parseIPv6 } from './ip.ts';

/**
 * Says who is reached at an address: a host of the network, the asking machine itself, or, for `special`, one to which no
 * tenant may lead traffic: link-local addresses, metadata services of clouds, multicast, reserved ranges and relays.
 */
export type AddressScope = 'routable' | 'loopback' | 'special';

/**
 * Returns the scope of an IP address; `special` for other text. The only list of such addresses, for endpoints and for
 * modules: https://www.iana.org/assignments/iana-ipv4-special-registry, its IPv6 counterpart, and the metadata services.
 */
export function addressScope(address: string): AddressScope {
  // Nearly every address: an IPv4 address of a pod.
  if (address.startsWith('10.')) return parseIPv4(address) === undefined ? 'special' : 'routable';
  const word = parseIPv4(address);
  return word === undefined ? scopeOf6(address) : scopeOf4(word);
}

function scopeOf4(word: number): AddressScope {
  if (word >>> 24 === 127) return 'loopback';
  return special4.some(({ first, bits }) => word >>> (32 - bits) === first >>> (32 - bits))
    ? 'special'
    : 'routable';
}

function scopeOf6(address: string): AddressScope {
  const words = parseIPv6(address);
  if (words === undefined) return 'special';
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === 0) return d === 1 ? 'loopback' : compatible(d);
  const embedded = embeddedIPv4(words);
  if (embedded !== undefined) return scopeOf4(embedded);
  return special6.some(({ first, bits }) => a >>> (32 - bits) === first >>> (32 - bits)) ||
    isLocalTranslation(a, b)
    ? 'special'
    : 'routable';
}

/** Handles IPv4-compatible addresses (`::a.b.c.d`), which are deprecated: none is routable. */
function compatible(word: number): AddressScope {
  return scopeOf4(word) === 'loopback' ? 'loopback' : 'special';
}

/** True for `64:ff9b:1::/48`, in which each network chooses where IPv4 addresses stand. */
function isLocalTranslation(a: number, b: number): boolean {
  return a === 0x0064ff9b && b >>> 16 === 1;
}

interface Range {
  readonly first: number;
  readonly bits: number;
}

const special4: readonly Range[] = [
  range4('0.0.0.0', 8),
  range4('169.254.0.0', 16),
  // IETF protocol assignments, with 192.0.0.192, the metadata service of Oracle Cloud.
  range4('192.0.0.0', 24),
  range4('224.0.0.0', 3),
  // Metadata services of Alibaba Cloud and of Azure.
  range4('100.100.100.200', 32),
  range4('168.63.129.16', 32),
];

const special6: readonly Range[] = [
  { first: 0xfe800000, bits: 10 },
  { first: 0xfec00000, bits: 10 },
  { first: 0xff000000, bits: 8 },
  // Metadata service of AWS.
  { first: 0xfd000ec2, bits: 32 },
  // Relays that lead to any IPv4 address: 6to4 and Teredo.
  { first: 0x20020000, bits: 16 },
  { first: 0x20010000, bits: 32 },
];

function range4(text: string, bits: number): Range {
  return { first: parseIPv4(text) ?? 0, bits };
}
