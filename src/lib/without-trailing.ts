/** A text without the characters of one sort at its end: one look at each, which `/x+$/` takes at each of a run, over and over. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
