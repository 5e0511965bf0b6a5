import { RE2JS } from 're2js';

/**
 * What is wrong with a user's regular expression, or undefined when Envoy will take it.
 *
 * Envoy refuses a whole RouteConfiguration for one bad expression, so this must never be laxer than its RE2. User
 * expressions are parsed here and never run, least of all by the JavaScript engine, where some take for ever.
 */
export function regexProblem(pattern: string): string | undefined {
  const known = memo.get(pattern);
  if (known !== undefined) return known === '' ? undefined : known;
  const problem = check(pattern);
  if (memo.size >= maxMemoEntries) memo.clear();
  memo.set(pattern, problem ?? '');
  return problem;
}

/** The Gateway API's own bound for a header value; paths are bounded to 1,024 by their schema. */
const maxCharacters = 4096;

/**
 * RE2 compiles into at most 8 MiB, which is about 350,000 instructions, and Envoy refuses what does not fit. Its
 * instructions are bytes where these are characters: `.` takes about ten, a Unicode class such as `\pL` up to a
 * thousand, so the bound is lower where one occurs.
 */
const maxProgramSize = 1000;
const maxProgramSizeWithUnicodeClass = 200;

/** Compiling takes up to a millisecond and the same few expressions come again with every translation. */
const maxMemoEntries = 1000;
const memo = new Map<string, string>();

function check(pattern: string): string | undefined {
  if (pattern.length > maxCharacters) return `must have at most ${maxCharacters} characters`;
  if (!pattern.isWellFormed() || /[\0\r\n]/.test(pattern)) return 'must be printable text';
  const classes = [...pattern.matchAll(/\\[pP](?:\{\^?([^}]*)\}|(.))/gs)];
  const foreign = classes.find(([, long, short]) => !isUnicodeClass(long ?? short ?? ''));
  if (foreign !== undefined) return `must be an RE2 expression: unknown character class ${foreign[0]}`;
  let size: number;
  try {
    size = RE2JS.compile(pattern).programSize();
  } catch (error) {
    return `must be an RE2 expression: ${error instanceof Error ? error.message : 'syntax error'}`;
  }
  const max = classes.length > 0 ? maxProgramSizeWithUnicodeClass : maxProgramSize;
  return size > max
    ? `is too complex: it compiles to ${size} instructions, at most ${max} are allowed`
    : undefined;
}

/** RE2's one and two letter categories are all it has; re2js also knows newer ones. Longer names are scripts. */
const categories = new Set(
  'C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Any'.split(
    ' ',
  ),
);

function isUnicodeClass(name: string): boolean {
  return categories.has(name) || /^[A-Z][a-z]{2,}(_[A-Z][a-z]+)*$/.test(name);
}
