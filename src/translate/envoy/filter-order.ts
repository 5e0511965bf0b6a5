import type { FilterPositionIR } from '../listener-ir.ts';

interface Named {
  readonly name?: string | undefined;
}

/**
 * Moves filters as Envoy Gateway does: all of one name directly before the first, or after the last, of another, one position
 * after the other. Where a later position has undone an earlier one, sorts them so that all hold; the schema accepts no others.
 * Costs O(positions × filters²).
 */
export function inOrder<Filter extends Named>(
  filters: readonly Filter[],
  positions: readonly FilterPositionIR[],
): readonly Filter[] {
  return sorted(positions.reduce(moved, filters), positions);
}

function moved<Filter extends Named>(
  filters: readonly Filter[],
  { name, before, after }: FilterPositionIR,
): readonly Filter[] {
  const ofName = filters.filter((filter) => isCalled(filter, name));
  const others = filters.filter((filter) => !ofName.includes(filter));
  const place =
    before === undefined
      ? others.findLastIndex((filter) => isCalled(filter, after)) + 1
      : others.findIndex((filter) => isCalled(filter, before));
  const isThere = others.some((filter) => isCalled(filter, before ?? after));
  return isThere ? [...others.slice(0, place), ...ofName, ...others.slice(place)] : filters;
}

/** Keeps the order of filters for which no position says another. */
function sorted<Filter extends Named>(
  filters: readonly Filter[],
  positions: readonly FilterPositionIR[],
): readonly Filter[] {
  const rest = [...filters];
  const found: Filter[] = [];
  while (rest.length > 0) {
    const next = rest.findIndex((filter) => !positions.some((position) => waits(filter, position, rest)));
    found.push(...rest.splice(Math.max(next, 0), 1));
  }
  return found;
}

function waits(filter: Named, { name, before, after }: FilterPositionIR, rest: readonly Named[]): boolean {
  const [first, last] = before === undefined ? [after, name] : [name, before];
  return isCalled(filter, last) && rest.some((other) => isCalled(other, first));
}

/** The name of a filter may go on behind that of its sort, as `bandwidth_limit/request` does. */
function isCalled({ name = '' }: Named, wanted: string | undefined): boolean {
  const own = wanted && (slots.get(wanted) ?? wanted);
  return own !== undefined && (name === own || name.startsWith(`${own}/`));
}

/** Filters that stand in slots, under names of Sluice. */
const slots: ReadonlyMap<string, string> = new Map([
  ['envoy.filters.http.jwt_authn', 'sluice.jwt_authn'],
  ['envoy.filters.http.lua', 'sluice.plugins'],
  ['envoy.filters.http.ext_proc', 'sluice.plugins'],
  ['envoy.filters.http.wasm', 'sluice.plugins'],
  ['envoy.filters.http.dynamic_modules', 'sluice.plugins'],
  ['envoy.filters.http.local_ratelimit', 'sluice.local_ratelimit'],
]);
