import { regexProblem } from '../routes/http/regex.ts';

/**
 * Returns the reason why Envoy would reject the whole Listener for an expression, or undefined. Checks its grammar and the
 * names of its functions, and of its attributes where these are given, by what Envoy 1.40 accepts: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
export function celProblem(expression: string, attributes?: ReadonlySet<string>): string | undefined {
  const tokens = tokensOf(expression);
  if (typeof tokens === 'string') return tokens;
  const parser = new Parser(tokens, attributes);
  parser.expression(0);
  return parser.problem;
}

interface Token {
  readonly kind: 'name' | 'literal' | 'sign';
  readonly text: string;
  /** Place of its first character. */
  readonly at: number;
}

const escape =
  '\\\\(?:[abfnrtv\\\\?"\'`]|[xX][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[0-3][0-7]{2})';

/** Literals are tried from the longest form on. A string ends at its quotes, so each pattern is of linear time. */
const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y],
  ['literal', /[bB]?[rR](?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')/y],
  ['literal', new RegExp(`[bB]?(?:"""(?:[^\\\\]|${escape})*?"""|'''(?:[^\\\\]|${escape})*?''')`, 'y')],
  ['literal', new RegExp(`[bB]?(?:"(?:[^"\\\\\\n]|${escape})*"|'(?:[^'\\\\\\n]|${escape})*')`, 'y')],
  ['literal', /0[xX][0-9a-fA-F]{1,15}[uU]?/y],
  ['literal', /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y],
  // Longer ones may have more than 64 bits.
  ['literal', /[0-9]{1,18}(?![0-9])[uU]?/y],
  ['name', /[_a-zA-Z][_a-zA-Z0-9]*/y],
  ['sign', /&&|\|\||[<>=!]=|[<>!?:.,()[\]{}+*/%-]/y],
];

function tokensOf(text: string): readonly Token[] | string {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const next = tokenAt(text, at);
    if (next === undefined) return unexpected(at);
    const { kind, length } = next;
    if (kind !== 'space') found.push({ kind, text: text.slice(at, at + length), at });
    at += length;
  }
  return found;
}

function unexpected(at: number | undefined): string {
  return `is no CEL expression: ${at === undefined ? 'its end' : `character ${at + 1}`} is not expected`;
}

function tokenAt(text: string, at: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length ?? 0;
    if (length > 0) return { kind, length };
  }
  return undefined;
}

const binary = new Set(['&&', '||', '<', '<=', '>', '>=', '==', '!=', 'in', '+', '-', '*', '/', '%']);
const constants = new Set(['true', 'false', 'null']);
/** Words that no field can have as its name. */
const literalNames = new Set([...constants, 'in']);
const reserved = new Set(
  'as break const continue else for function if import in let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Functions by the number of their arguments; a receiver counts as one. */
const functions: ReadonlyMap<string, readonly number[]> = new Map([
  ['has', [1]],
  ['size', [1]],
  ['bool', [1]],
  ['int', [1]],
  ['uint', [1]],
  ['double', [1]],
  ['bytes', [1]],
  ['duration', [1]],
  ['timestamp', [1]],
  ['type', [1]],
  ['dyn', [1]],
  ['contains', [2]],
  ['startsWith', [2]],
  ['endsWith', [2]],
  ['matches', [2]],
]);

const methods: ReadonlyMap<string, readonly number[]> = new Map([
  ['size', [1]],
  ['contains', [2]],
  ['startsWith', [2]],
  ['endsWith', [2]],
  ['matches', [2]],
  ['getDate', [1, 2]],
  ['getDayOfMonth', [1, 2]],
  ['getDayOfWeek', [1, 2]],
  ['getDayOfYear', [1, 2]],
  ['getFullYear', [1, 2]],
  ['getHours', [1, 2]],
  ['getMilliseconds', [1, 2]],
  ['getMinutes', [1, 2]],
  ['getMonth', [1, 2]],
  ['getSeconds', [1, 2]],
]);

/** Returns the text of a literal, in which a regular expression needs no escapes but of backslashes and quotes. */
function textOf(literal: string): string {
  const [, prefix = '', quotes = ''] = /^([bBrR]*)("""|'''|"|')/.exec(literal) ?? [];
  const text = literal.slice(prefix.length + quotes.length, literal.length - quotes.length);
  return /[rR]/.test(prefix) ? text : text.replaceAll(/\\([\\"'?])/g, '$1');
}

/** Parentheses, lists and conditions inside each other. Real expressions have a few. */
const maxDepth = 24;

/** Reads an expression once. Operators' precedence does not matter to whether it is one. */
class Parser {
  problem: string | undefined;
  readonly #tokens: readonly Token[];
  /** Undefined: all that Envoy has. */
  readonly #attributes: ReadonlySet<string> | undefined;
  #at = 0;

  constructor(tokens: readonly Token[], attributes: ReadonlySet<string> | undefined) {
    this.#tokens = tokens;
    this.#attributes = attributes;
  }

  /** Reads to the end at depth 0. */
  expression(depth: number): void {
    if (depth > maxDepth) return this.#fail(`must not be nested more than ${maxDepth} deep`);
    this.#operands(depth);
    if (this.#take('?')) {
      this.#operands(depth + 1);
      this.#expect(':');
      this.expression(depth + 1);
    }
    if (depth === 0 && this.#peek() !== undefined) this.#failHere();
  }

  #operands(depth: number): void {
    do this.#operand(depth);
    while (this.problem === undefined && this.#takeAny(binary));
  }

  #operand(depth: number): void {
    while (this.#take('!') || this.#take('-'));
    this.#primary(depth);
    while (this.problem === undefined) {
      if (this.#take('.')) {
        const name = this.#name(literalNames);
        if (name !== undefined && this.#take('(')) this.#call(methods, name, this.#list(')', depth) + 1);
      } else if (this.#take('[')) {
        this.expression(depth + 1);
        this.#expect(']');
      } else return;
    }
  }

  #primary(depth: number): void {
    if (this.#peek()?.kind === 'literal' || constants.has(this.#peek()?.text ?? '')) this.#at++;
    else if (this.#take('(')) {
      this.expression(depth + 1);
      this.#expect(')');
    } else if (this.#take('[')) this.#list(']', depth);
    else if (this.#take('{')) this.#list('}', depth);
    else {
      this.#take('.');
      const name = this.#name(reserved);
      if (name === undefined) return;
      if (this.#take('(')) this.#call(functions, name, this.#list(')', depth));
      else if (this.#attributes?.has(name) === false)
        this.#fail(`${name} is none of ${[...this.#attributes].join(', ')}`);
    }
  }

  /** Returns the number of items. A map's have a key. */
  #list(end: string, depth: number): number {
    let count = 0;
    while (this.problem === undefined && !this.#take(end)) {
      if (count > 0) this.#expect(',');
      if (count > 0 && end !== ')' && this.#take(end)) return count;
      this.expression(depth + 1);
      if (end === '}') {
        this.#expect(':');
        this.expression(depth + 1);
      }
      count++;
    }
    return count;
  }

  /** Called behind the arguments. */
  #call(known: typeof functions, name: string, count: number): void {
    if (known.get(name)?.includes(count) !== true)
      return this.#fail(`${name} is no function of Envoy that takes ${count} values`);
    const [before, last] = this.#tokens.slice(this.#at - 3, this.#at - 1);
    if (name === 'has' && (before?.text !== '.' || last?.kind !== 'name'))
      return this.#fail('has takes a field, as in has(request.headers)');
    const isAlone = last?.kind === 'literal' && (before?.text === '(' || before?.text === ',');
    const problem = name === 'matches' && isAlone ? regexProblem(textOf(last.text), '') : undefined;
    if (problem !== undefined) this.#fail(`matches: ${problem}`);
  }

  #name(taken: ReadonlySet<string>): string | undefined {
    const token = this.#peek();
    if (token?.kind !== 'name' || taken.has(token.text)) {
      this.#failHere();
      return undefined;
    }
    this.#at++;
    return token.text;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #take(text: string): boolean {
    const isNext = this.#peek()?.text === text && this.#peek()?.kind !== 'literal';
    if (isNext) this.#at++;
    return isNext;
  }

  #takeAny(texts: ReadonlySet<string>): boolean {
    const token = this.#peek();
    return token !== undefined && texts.has(token.text) && this.#take(token.text);
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#failHere();
  }

  #failHere(): void {
    this.#fail(unexpected(this.#peek()?.at));
  }

  #fail(problem: string): void {
    this.problem ??= problem;
  }
}
