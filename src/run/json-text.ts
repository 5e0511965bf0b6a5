/** Yields a list as JSON, an item or some values of an item's iterator at a time, so never the whole text at once. */
export function* jsonList(items: Iterable<unknown>): Generator<string> {
  let separator = '[\n';
  for (const item of items) {
    yield* jsonItem(separator, item);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

const valuesOfPiece = 100;

function* jsonItem(before: string, item: unknown): Generator<string> {
  const entries = typeof item === 'object' && item !== null ? Object.entries(item) : [];
  const lazy = entries.filter(isLazy);
  if (lazy.length === 0) {
    yield before + JSON.stringify(item);
    return;
  }
  const rest = JSON.stringify(Object.fromEntries(entries.filter((entry) => !isLazy(entry))));
  // The closing brace comes last.
  let text = before + rest.slice(0, -1);
  let comma = rest === '{}' ? '' : ',';
  for (const [key, values] of lazy) {
    text += `${comma}${JSON.stringify(key)}:[`;
    comma = ',';
    let written = 0;
    for (const value of values) {
      text += `${written++ === 0 ? '' : ','}\n${JSON.stringify(value)}`;
      if (written % valuesOfPiece !== 0) continue;
      yield text;
      text = '';
    }
    text += ']';
  }
  yield `${text}}`;
}

function isLazy(entry: [string, unknown]): entry is [string, IteratorObject<unknown>] {
  return entry[1] instanceof Iterator;
}
