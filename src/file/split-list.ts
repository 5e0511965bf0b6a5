import type { DocumentText } from './split-documents.ts';

export interface DocumentPart extends DocumentText {
  readonly part: 'object' | 'items' | 'frame';
}

/**
 * Cuts a `kind: List`, as `kubectl get -o yaml` writes it, into its items; other documents stay whole. Parsing takes
 * about a second per megabyte and cannot be interrupted, so a list of thousands must not be one text. An item starts at
 * a dash in the column of the first: nothing inside an item may stand so far left.
 */
export function* splitList(document: DocumentText): Generator<DocumentPart> {
  const items = itemsOf(document.text);
  if (items === undefined) {
    yield { ...document, part: 'object' };
    return;
  }
  const { text, linesBefore } = document;
  let part: DocumentPart['part'] = 'frame';
  let start = 0;
  let startLine = 0;
  for (const { at, line, content } of linesOf(text, items.start)) {
    let next: DocumentPart['part'];
    if (beginsItem(content, items.indent)) next = 'items';
    else if (part === 'items' && endsItems(content, items.indent)) next = 'frame';
    else continue;
    yield { text: text.slice(start, at), linesBefore: linesBefore + startLine, part };
    part = next;
    start = at;
    startLine = line;
    if (next === 'frame') break;
  }
  yield { text: text.slice(start), linesBefore: linesBefore + startLine, part };
}

/** Returns the start and indentation of the items; undefined for another document, or an unusual list. */
function itemsOf(text: string): { readonly start: number; readonly indent: number } | undefined {
  const key = /(?:^|\n)items:[ \t]*\r?\n/.exec(text);
  if (key === null || !/(?:^|\n)kind:[ \t]*["']?List["']?[ \t]*(?:\r?\n|$)/.test(text)) return undefined;
  if (!/(?:^|\n)apiVersion:[ \t]*["']?v1["']?[ \t]*(?:\r?\n|$)/.test(text)) return undefined;
  // Aliases in one item may refer to an anchor in another.
  if (/[\s[{,]&[^\s&]/.test(text)) return undefined;
  const start = key.index + key[0].length;
  for (const { content } of linesOf(text, start)) {
    if (/^\s*(?:#|$)/.test(content)) continue;
    const dash = /^( *)-(?:\s|$)/.exec(content);
    return dash === null ? undefined : { start, indent: dash[1]?.length ?? 0 };
  }
  return undefined;
}

function beginsItem(content: string, indent: number): boolean {
  return (
    content.startsWith('-', indent) &&
    content.search(/[^ ]/) === indent &&
    /^-(?:\s|$)/.test(content.slice(indent))
  );
}

/** Returns true for text of the list itself: left of the items, or in their column without a dash. */
function endsItems(content: string, indent: number): boolean {
  if (/^\s*(?:#|$)/.test(content)) return false;
  return content.search(/[^ ]/) <= indent;
}

function* linesOf(
  text: string,
  from: number,
): Generator<{ readonly at: number; readonly line: number; readonly content: string }> {
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < from; at = text.indexOf('\n', at + 1)) line++;
  for (let at = from; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const next = end === -1 ? text.length : end + 1;
    yield { at, line, content: text.slice(at, end === -1 ? text.length : end) };
    at = next;
  }
}
