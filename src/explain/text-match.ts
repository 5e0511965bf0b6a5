import { RE2JS } from 're2js';
import type { TextMatchJson } from './envoy-json.ts';

/** Returns true when the whole text matches, as Envoy's matcher decides. Takes time linear in the text. */
export function matchesText({ exact, safeRegex }: TextMatchJson, text: string): boolean {
  if (safeRegex !== undefined) return matchesExpression(safeRegex.regex, text);
  // The default of a field of text is left out of JSON.
  return text === (exact ?? '');
}

/** Envoy has RE2 read expression and text byte by byte. */
export function matchesExpression(expression: string, text: string): boolean {
  return RE2JS.matches(bytesOf(expression), bytesOf(text));
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Says the match in words. */
export function wantedText({ exact, safeRegex }: TextMatchJson): string {
  return safeRegex === undefined ? JSON.stringify(exact ?? '') : `a match of ${safeRegex.regex}`;
}
