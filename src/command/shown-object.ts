/** Annotations repeat the whole object in that of kubectl apply. */
const leftOut: ReadonlySet<string> = new Set(['annotations', 'managedFields']);

/** Fields with texts of which any may be a secret: only their sizes are shown. */
const hidden: ReadonlySet<string> = new Set([
  'data',
  'stringData',
  'binaryData',
  'inline',
  'body',
  'inlineString',
]);

/** Returns an object without what may be a secret: contents, scripts, and values of pairs of name and value. */
export function shownObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownObject);
  if (typeof value !== 'object' || value === null) return value;
  const isPair = 'name' in value && 'value' in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !leftOut.has(name))
      .map(([name, item]: [string, unknown]) =>
        hidden.has(name) || (isPair && name === 'value') ? [name, sizes(item)] : [name, shownObject(item)],
      ),
  );
}

/** Keeps names, as a missing one is a frequent mistake. */
function sizes(value: unknown): unknown {
  if (typeof value === 'string') return `[${value.length} characters]`;
  if (Array.isArray(value)) return `[${value.length} items]`;
  if (typeof value !== 'object' || value === null) return '[left out]';
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [name, sizes(item)]),
  );
}
