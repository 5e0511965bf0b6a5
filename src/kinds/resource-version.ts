/**
 * Returns a negative number when `a` is older; undefined when they cannot be compared: only decimal numbers of any length
 * can. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!isNumber.test(a) || !isNumber.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

const isNumber = /^(?:0|[1-9]\d{0,63})$/;
