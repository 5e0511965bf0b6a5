/** Whether traffic to an address can leave the proxy's own host: `local` covers link-local, unspecified and multicast. */
export type AddressScope = 'routable' | 'loopback' | 'local';

/** The scope of an IP address in canonical text form. */
export function addressScope(address: string): AddressScope {
  const digit = address.charCodeAt(0);
  // Nearly every address: an IPv4 address of a pod, which begins with 10, 172 or 192.
  if (address.startsWith('10.')) return 'routable';
  return address.includes(':') ? scopeOf6(address.toLowerCase()) : scopeOf4(address, digit);
}

const zero = 48;

function scopeOf4(address: string, digit: number): AddressScope {
  if (address.startsWith('127.')) return 'loopback';
  if (digit === zero || address.startsWith('169.254.')) return 'local';
  const first = Number.parseInt(address, 10);
  return first >= 224 ? 'local' : 'routable';
}

function scopeOf6(address: string): AddressScope {
  if (address === '::1') return 'loopback';
  if (address === '::' || address.startsWith('ff') || /^fe[89ab]/.test(address)) return 'local';
  const mapped = /^::(?:ffff:)?(?:0:)?(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? mappedHex(address);
  return mapped === undefined ? 'routable' : addressScope(mapped);
}

/** The IPv4 address in `::ffff:7f00:1`, another way to write `::ffff:127.0.0.1`. */
function mappedHex(address: string): string | undefined {
  const [, high, low] = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((pair) => [pair >> 8, pair & 255]).join('.');
}
