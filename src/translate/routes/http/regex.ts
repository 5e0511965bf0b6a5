import { RE2JS } from 're2js';
import { VerdictMemo } from './verdict-memo.ts';

/**
 * What is wrong with a user's regular expression, or undefined when Envoy will take it.
 *
 * Envoy refuses a whole RouteConfiguration for one bad expression, so this must never be laxer than its RE2. User
 * expressions are parsed here and never run, least of all by the JavaScript engine, where some take for ever.
 *
 * `namespace`: that of its route, which the memory for known expressions is shared by.
 */
export function regexProblem(pattern: string, namespace: string): string | undefined {
  const known = memo.get(namespace, pattern);
  if (known !== undefined) return known === '' ? undefined : known;
  const problem = check(pattern);
  memo.set(namespace, pattern, problem ?? '');
  return problem;
}

/** The Gateway API's own bound for a header value; paths are bounded to 1,024 by their schema. */
const maxCharacters = 4096;

/**
 * A bound on what one expression costs a proxy per request. Envoy has one of its own, 100 unless its bootstrap lifts it
 * (`re2.max_program_size.error_level`), which it must: counted there, a class is one instruction for each of its ranges
 * and not one in all. RE2's memory holds some 350,000 of them, far more than this bound can make.
 */
const maxProgramSize = 1000;

/**
 * The longest expression takes tens of milliseconds to compile, and the same ones come again with every translation. This has
 * room for all that hundreds of routes may have. More costs memory of each worker.
 */
const memo = new VerdictMemo(4 * 1024 * 1024);

function check(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  if (pattern.length > maxCharacters) return `must have at most ${maxCharacters} characters`;
  if (!pattern.isWellFormed() || /[\0\r\n]/.test(pattern)) return 'must be printable text';
  const foreign = foreignEscape(pattern);
  if (foreign !== undefined) return `must be an RE2 expression: ${foreign} is not supported`;
  // Envoy has RE2 read the expression byte by byte, so that is what is checked.
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

/** An escape that re2js takes and Envoy's RE2 does not: characters beyond a byte, and newer Unicode classes. */
function foreignEscape(pattern: string): string | undefined {
  for (const [escape, code, long, short] of pattern.matchAll(escapes)) {
    if (code !== undefined && Number.parseInt(code, 16) > 0xff) return escape;
    const name = long ?? short;
    if (name !== undefined && !unicodeClasses.has(name)) return escape;
  }
  return undefined;
}

/** Every escape in turn, so that a backslash that is itself escaped begins none. */
const escapes = /\\Q.*?(?:\\E|$)|\\x\{([^}]*)\}|\\[pP](?:\{\^?([^}]*)\}|(.))|\\./gs;

/** RE2's categories, and the scripts that it has had for long. It knows no other properties. */
const unicodeClasses = new Set(
  `Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
   Arabic Armenian Bengali Common Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Han Hangul Hebrew Hiragana
   Inherited Katakana Khmer Lao Latin Mongolian Tamil Thai Tibetan`.split(/\s+/),
);
