/** Order of two texts, for `sort`: by code unit, as `localeCompare` differs from machine to machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
