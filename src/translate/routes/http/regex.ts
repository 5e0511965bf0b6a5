import { RE2JS } from 're2js';
import { VerdictMemo } from './verdict-memo.ts';

/**
 * Envoy rejects a whole RouteConfiguration for one bad expression, so this must never be laxer than its RE2. User
 * expressions are parsed here and never run, as some take exponential time in JavaScript. `namespace`: that of the route,
 * which bounds the memory for known expressions.
 */
export function regexProblem(pattern: string, namespace: string): string | undefined {
  const known = memo.get(namespace, pattern);
  if (known !== undefined) return known === '' ? undefined : known;
  const problem = check(pattern);
  memo.set(namespace, pattern, problem ?? '');
  return problem;
}

/**
 * Returns true when the whole text matches. Takes linear time, unlike an expression of JavaScript. One that cannot be read
 * matches nothing: it is a problem by itself.
 */
export function matchesRegex(pattern: string, text: string): boolean {
  try {
    return RE2JS.matches(pattern, text);
  } catch {
    return false;
  }
}

/** The Gateway API's limit for a header value; the schema limits paths to 1,024. */
const maxCharacters = 4096;

/**
 * Bounds an expression's cost per request. Envoy's own limit, 100 unless its bootstrap lifts it
 * (`re2.max_program_size.error_level`), must be lifted: it counts each range of a class. RE2's memory holds 350,000
 * instructions, far more than this.
 */
const maxProgramSize = 1000;

/** Room for all expressions of hundreds of routes: the longest takes tens of milliseconds to compile each time. */
const memo = new VerdictMemo(4 * 1024 * 1024);

function check(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  if (pattern.length > maxCharacters) return `must have at most ${maxCharacters} characters`;
  if (!pattern.isWellFormed() || /[\0\r\n]/.test(pattern)) return 'must be printable text';
  const foreign = foreignEscape(pattern);
  if (foreign !== undefined) return `must be an RE2 expression: ${foreign} is not supported`;
  // Envoy has RE2 read the expression byte by byte: check it so.
  const bytes = Buffer.from(pattern).toString('latin1');
  let size: number;
  try {
    size = RE2JS.compile(bytes).programSize();
  } catch (error) {
    return `must be an RE2 expression: ${error instanceof Error ? error.message : 'syntax error'}`;
  }
  if (size <= maxProgramSize) return undefined;
  return `is too complex: it compiles to ${size} instructions, at most ${maxProgramSize} are allowed`;
}

/** Returns an escape that re2js accepts and Envoy's RE2 does not: characters beyond a byte, and newer Unicode classes. */
function foreignEscape(pattern: string): string | undefined {
  for (const [escape, code, long, short] of pattern.matchAll(escapes)) {
    if (code !== undefined && Number.parseInt(code, 16) > 0xff) return escape;
    const name = long ?? short;
    if (name !== undefined && !unicodeClasses.has(name)) return escape;
  }
  return undefined;
}

/** Matches every escape in turn, so that an escaped backslash starts no other. */
const escapes = /\\Q.*?(?:\\E|$)|\\x\{([^}]*)\}|\\[pP](?:\{\^?([^}]*)\}|(.))|\\./gs;

/** Categories and older scripts that RE2 knows. It knows no other properties. */
const unicodeClasses = new Set(
  `Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
   Arabic Armenian Bengali Common Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Han Hangul Hebrew Hiragana
   Inherited Katakana Khmer Lao Latin Mongolian Tamil Thai Tibetan`.split(/\s+/),
);
