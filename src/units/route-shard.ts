/**
 * Tables of routes in shards. Envoy makes a whole RouteConfiguration again when one of its hosts changes; one of 64 shards is
 * a 64th of that. A request's shard comes from its Host header, by a hash that regular expressions can say.
 */

export const shardCount = 64;

/** Name of a table whose RouteConfigurations are shards; no other table's name ends so. */
export function shardedTable(table: string): string {
  return `${table}${mark}`;
}

export function isSharded(table: string): boolean {
  return table.endsWith(mark);
}

/** True for a RouteConfiguration that is a shard. */
export function isShard(routeConfiguration: string): boolean {
  return routeConfiguration.includes(mark);
}

/** Lists the RouteConfigurations that hold a table: its shards, or the only one. */
export function tableParts(table: string): string[] {
  return isSharded(table)
    ? Array.from({ length: shardCount }, (_, shard) => partName(table, shard))
    : [table];
}

/** Lists the RouteConfigurations of a table that need a domain: a wildcard stands for hosts of every shard. */
export function partsWith(table: string, domain: string): string[] {
  if (!isSharded(table)) return [table];
  return domain.startsWith('*') ? tableParts(table) : [partName(table, shardOf(domain))];
}

function partName(table: string, shard: number): string {
  return `${table}${shard}`;
}

const mark = '#';

/**
 * Returns the shard of a host without a port, in any case: each letter and digit has a code of a bit for each of its
 * classes, and all codes are joined by XOR. Anagrams share a shard.
 */
export function shardOf(host: string): number {
  let shard = 0;
  for (const character of host.toLowerCase()) shard ^= codes.get(character) ?? 0;
  return shard;
}

/** Digits, and a range of letters, whose codes have a bit; that of the place in the list. */
const classes = [
  ['13579', 'a', 'f'],
  ['2367', 'd', 'j'],
  ['4567', 'i', 'o'],
  ['89', 'n', 's'],
  ['3568', 'q', 'w'],
  ['0259', 'b', 'd'],
] as const;

const letters = 'abcdefghijklmnopqrstuvwxyz';
const characters = `${letters}0123456789`.split('');

const codes: ReadonlyMap<string, number> = new Map(
  characters.map((character) => [
    character,
    classes.reduce((code, _, bit) => code | (isIn(bit, character) ? 1 << bit : 0), 0),
  ]),
);

function isIn(bit: number, character: string): boolean {
  const [digits, first, last] = classes[bit] ?? ['', '', ''];
  return (
    digits.includes(character) || (letters.includes(character) && character >= first && character <= last)
  );
}

/**
 * Lists, by bit, the RE2 expressions that match a Host header whose shard lacks the bit: characters of the class come in
 * pairs. A port does not count. A Host header with other characters matches none, so its shard is the last one.
 */
export function evenParity(): string[] {
  return classes.map((_, bit) => {
    const inside = bothCases(characters.filter((character) => isIn(bit, character)));
    const outside = `${bothCases(characters.filter((character) => !isIn(bit, character)))}._-`;
    return `^(?:[${outside}]|[${inside}][${outside}]*[${inside}])*(?::[0-9]+)?$`;
  });
}

function bothCases(of: readonly string[]): string {
  const all = of.flatMap((character) =>
    letters.includes(character) ? [character, character.toUpperCase()] : [character],
  );
  return ranges(all.sort());
}

/** Joins neighbours to ranges: Envoy compiles few instructions for each expression. */
function ranges(sorted: readonly string[]): string {
  const found: { first: string; last: string }[] = [];
  for (const character of sorted) {
    const before = found.at(-1);
    if (before !== undefined && before.last.charCodeAt(0) + 1 === character.charCodeAt(0))
      before.last = character;
    else found.push({ first: character, last: character });
  }
  return found.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join('');
}

/** Name of the scope by which Envoy finds a shard. */
export function scopeName(table: string, shard: number): string {
  return `${scopeFolder(table)}${shard}`;
}

/** Name by which Envoy asks for all scopes of a table: without it, those of all listeners would share one space of keys. */
export function scopeCollection(table: string): string {
  return `${scopeFolder(table)}*`;
}

/** True for a name that a client may ask for by its collection. O(1) for others. */
export function isInCollection(name: string): boolean {
  return name.startsWith(scheme);
}

/** Returns the collection that a scope is in. */
export function collectionOf(scope: string): string {
  return `${scope.slice(0, scope.lastIndexOf('/') + 1)}*`;
}

export function isCollection(name: string): boolean {
  return name.startsWith(scheme) && name.endsWith('/*');
}

/** No label of a hostname is `_`, which stands for `*`: that ends a collection's name alone. */
function scopeFolder(table: string): string {
  const path = table.slice(0, -mark.length).replace(':', '/').replace('/*', '/_');
  return `${scheme}sluice/envoy.config.route.v3.ScopedRouteConfiguration/${path}/`;
}

const scheme = 'xdstp://';
