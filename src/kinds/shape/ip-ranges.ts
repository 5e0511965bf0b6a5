import { BlockList, isIP } from 'node:net';
import { embeddedIPv4, formatIPv4, parseIPv6 } from './ip.ts';

/** Set of addresses and ranges. Drops entries that are neither: they may be host names. */
export class IpRanges {
  readonly #list = new BlockList();

  constructor(entries: readonly string[] = []) {
    for (const entry of entries) this.add(entry);
  }

  add(entry: string): void {
    const [text = '', bits] = entry.split('/');
    const address = withoutZone(text);
    const version = isIP(address);
    if (version === 0) return;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    const length = bits === undefined ? Infinity : Number(bits);
    const most = version === 4 ? 32 : 128;
    if (bits === undefined) this.#list.addAddress(address, family);
    else if (Number.isInteger(length) && length <= most) this.#list.addSubnet(address, length, family);
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Returns the IPv4 address in an IPv6 one (RFC 4291, RFC 6052); any other without its zone. */
export function plainAddress(address: string): string {
  const text = withoutZone(address).toLowerCase();
  const words = isIP(text) === 6 ? parseIPv6(text) : undefined;
  if (words === undefined) return text;
  const embedded = embeddedIPv4(words);
  return embedded === undefined ? text : formatIPv4(embedded);
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}
