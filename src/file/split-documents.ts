export interface DocumentText {
  readonly text: string;
  readonly linesBefore: number;
}

/**
 * Cuts a YAML stream into documents without parsing it: a line that starts with `---` or `...` and then ends or has a
 * blank is a marker even inside a block scalar. https://yaml.org/spec/1.2.2/#914-explicit-documents
 */
export function* splitDocuments(stream: string): Generator<DocumentText> {
  let start = 0;
  let lines = 0;
  let counted = 0;
  const cut = (end: number): DocumentText => {
    lines += lineBreaks(stream, counted, start);
    counted = start;
    return { text: stream.slice(start, end), linesBefore: lines };
  };
  for (const match of stream.matchAll(/(^|\n)(---|\.\.\.)(?=[ \t\r\n]|$)/g)) {
    const marker = match.index + (match[1]?.length ?? 0);
    const document = cut(marker);
    if (hasContent(document.text)) yield document;
    start = match[2] === '---' ? marker : marker + 3;
  }
  const last = cut(stream.length);
  if (hasContent(last.text)) yield last;
}

/** Returns false for a text of comments, blanks and directives, as before the first `---`. */
function hasContent(text: string): boolean {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end === -1 ? text.length : end).trimEnd();
    if (line !== '---' && !line.startsWith('%') && !/^\s*(#|$)/.test(line)) return true;
    if (end === -1) return false;
    start = end + 1;
  }
  return false;
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
