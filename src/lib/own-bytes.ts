/**
 * Returns bytes in a buffer of their own. `Buffer.from` and `Buffer.concat` cut small ones from a pool of 64 KiB, which
 * stays in memory while any piece of it is kept.
 */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text));
}

/** Joins the parts; see {@link bytesOfText}. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
