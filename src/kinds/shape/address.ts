import { identifier } from './identifier.ts';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './ip.ts';

declare const brand: unique symbol;

/**
 * An address that a status may carry. Only {@link parseAddress} makes one, so that no `None` of a headless Service, empty
 * text or placeholder gets into a status: the API server would refuse the whole status.
 */
export interface Address {
  readonly [brand]: 'Address';
  readonly type: 'IPAddress' | 'Hostname';
  readonly value: string;
}

export function parseAddress(text: string): Address | undefined {
  const word = parseIPv4(text);
  if (word !== undefined) return { type: 'IPAddress', value: formatIPv4(word) } as Address;
  const words = parseIPv6(text);
  if (words !== undefined) return { type: 'IPAddress', value: formatIPv6(words) } as Address;
  return isHostname(text) ? ({ type: 'Hostname', value: text } as Address) : undefined;
}

/** Sorts IPv4 before IPv6 before names, as clients that read only the first are old ones; then by text. */
export function compareAddresses(a: Address, b: Address): number {
  return rank(a) - rank(b) || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}

/** Accepts labels of letters, digits and hyphens (RFC 1123); a name that ends in a number is a mistyped IP address. */
function isHostname(text: string): boolean {
  return (
    text.length <= 253 &&
    identifier.subdomain.test(text) &&
    text.split('.').every((label) => label.length <= 63) &&
    !/(^|\.)[0-9]+$/.test(text)
  );
}

function rank({ type, value }: Address): number {
  return type === 'Hostname' ? 2 : value.includes(':') ? 1 : 0;
}
