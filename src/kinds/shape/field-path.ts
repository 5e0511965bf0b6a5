/** Writes a path such as `spec.rules[0].path.value`; names that are not plain words are quoted: `data["tls.crt"]`. */
export function fieldPath(segments: readonly PropertyKey[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (typeof segment === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(segment)) {
      path += path === '' ? segment : `.${segment}`;
    } else path += `[${JSON.stringify(String(segment))}]`;
  }
  return path;
}

/** The inverse of {@link fieldPath}; text that it cannot read ends the list. */
export function fieldPathSegments(path: string): (string | number)[] {
  const segments: (string | number)[] = [];
  for (const [, index, quoted, word] of path.matchAll(
    /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z_]\w*)/gy,
  )) {
    if (index !== undefined) segments.push(Number(index));
    else if (quoted !== undefined) {
      const name = unquoted(quoted);
      if (name === undefined) break;
      segments.push(name);
    } else if (word !== undefined) segments.push(word);
  }
  return segments;
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
