/**
 * Words of an IP address, most significant first; an IPv4 address is the last word. Strict: plain decimal octets without
 * leading zeros, or RFC 4291 text without a zone. Anything else is undefined.
 */
export type IpWords = readonly [number, number, number, number];

/** Returns one 32-bit number. Hot: runs for every endpoint of every EndpointSlice. */
export function parseIPv4(text: string): number | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let word = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (octet === -1 || ++dots > 3) return undefined;
      word = word * 256 + octet;
      octet = -1;
      continue;
    }
    if (code < 0x30 || code > 0x39 || octet === 0) return undefined;
    octet = (octet === -1 ? 0 : octet * 10) + code - 0x30;
    if (octet > 255) return undefined;
  }
  return dots === 3 && octet !== -1 ? word * 256 + octet : undefined;
}

export function parseIPv6(text: string): IpWords | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const groups = [...head, ...Array<number>(gap).fill(0), ...tail];
  const word = (i: number) => (groups[i] ?? 0) * 65536 + (groups[i + 1] ?? 0);
  return [word(0), word(2), word(4), word(6)];
}

export function formatIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** Returns canonical text (RFC 5952): lower case, the longest run of zeros as `::`, a mapped IPv4 address in its own form. */
export function formatIPv6([a, b, c, d]: IpWords): string {
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatIPv4(d)}`;
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { start: 0, length: 1 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (best.length === 1) return hex(0, 8);
  return `${hex(0, best.start)}::${hex(best.start + best.length, 8)}`;
}

/** Returns the IPv4 address that an IPv6 one holds or translates; undefined: none (RFC 4291, RFC 6052). */
export function embeddedIPv4([a, b, c, d]: IpWords): number | undefined {
  const isMapped = a === 0 && b === 0 && c === 0xffff;
  const isTranslated = a === 0x0064ff9b && b === 0 && c === 0;
  return isMapped || isTranslated ? d : undefined;
}

/** Reads the 16-bit groups of one side of an address. `last`: its last group may be an IPv4 address. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const word = parseIPv4(part);
      if (word === undefined) return undefined;
      groups.push(Math.floor(word / 65536), word % 65536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
