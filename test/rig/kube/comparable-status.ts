/** Leaves out times; a generation only says if it is current; lists are sorted, and an empty one is left out. */
export function comparableStatus(status: unknown, generation: number): unknown {
  if (Array.isArray(status)) return status.map((item) => comparableStatus(item, generation)).sort(inOrder);
  if (typeof status !== 'object' || status === null) return status;
  return Object.fromEntries(
    Object.entries(status)
      .filter(([name, item]) => name !== 'lastTransitionTime' && !(Array.isArray(item) && item.length === 0))
      .map(([name, item]) => [
        name,
        name === 'observedGeneration' && item === generation ? 'current' : comparableStatus(item, generation),
      ]),
  );
}

function inOrder(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
