/** Removes trailing characters of one sort with one look at each; `/x+$/` is quadratic. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
