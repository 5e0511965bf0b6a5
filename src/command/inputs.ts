import type { Input, Read } from './command.ts';

type Looks = Pick<Input<unknown>, 'short' | 'completes'>;

/** The one value, which must be given. */
export function argument(value: string, help: string, looks: Looks = {}): Input<string> {
  return { as: 'argument', value, help, isRequired: true, ...looks, read: required };
}

export function optionalArgument(value: string, help: string, looks: Looks = {}): Input<string | undefined> {
  return { as: 'argument', value, help, ...looks, read: optional };
}

/** An argument that is one of a list of words. */
export function choice<const W extends string>(words: readonly W[], help: string): Input<W> {
  return {
    as: 'argument',
    value: words.join('|'),
    help,
    isRequired: true,
    completes: words,
    read: ([text]) => (text === undefined ? missing : oneOf(words, text)),
  };
}

export function requiredFlag(value: string, help: string, looks: Looks = {}): Input<string> {
  return { as: 'flag', value, help, isRequired: true, ...looks, read: required };
}

export function textFlag(value: string, byDefault: string, help: string, looks: Looks = {}): Input<string> {
  return { as: 'flag', value, help, byDefault, ...looks, read: ([text = byDefault]) => good(text) };
}

export function flag(value: string, help: string, looks: Looks = {}): Input<string | undefined> {
  return { as: 'flag', value, help, ...looks, read: optional };
}

/** A flag without a value. */
export function toggle(help: string, looks: Looks = {}): Input<boolean> {
  return { as: 'flag', help, ...looks, read: (texts) => good(texts.length > 0) };
}

/** A flag that is one of a list of words. */
export function choiceFlag<const W extends string>(
  words: readonly W[],
  byDefault: W,
  help: string,
  looks: Looks = {},
): Input<W> {
  return {
    as: 'flag',
    value: words.join('|'),
    help,
    byDefault,
    completes: words,
    ...looks,
    read: ([text]) => oneOf(words, text ?? byDefault),
  };
}

/** A flag that may be given several times. */
export function listFlag<T>(
  value: string,
  help: string,
  read: (text: string) => Read<T>,
  looks: Looks = {},
): Input<readonly T[]> {
  return {
    as: 'flag',
    value,
    help,
    repeats: true,
    ...looks,
    read(texts) {
      const values: T[] = [];
      for (const text of texts) {
        const one = read(text);
        if (one.kind === 'problem') return one;
        values.push(one.value);
      }
      return good(values);
    },
  };
}

export function portFlag(byDefault: number, help: string): Input<number> {
  return {
    as: 'flag',
    value: 'PORT',
    help,
    byDefault: `${byDefault}`,
    read([text = `${byDefault}`]) {
      const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
      return port <= 65_535 ? good(port) : bad('must be a number from 0 to 65535');
    },
  };
}

export function good<T>(value: T): Read<T> {
  return { kind: 'value', value };
}

export function bad(line: string): Read<never> {
  return { kind: 'problem', line };
}

/** Shows a value that the command line gives. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 77)}...`);
}

const missing = bad('is missing');

function required([text]: readonly string[]): Read<string> {
  return text === undefined ? missing : good(text);
}

function optional([text]: readonly string[]): Read<string | undefined> {
  return good(text);
}

function oneOf<W extends string>(words: readonly W[], text: string): Read<W> {
  const word = words.find((one) => one === text);
  return word === undefined ? bad(`must be ${listed(words)} (got ${quoted(text)})`) : good(word);
}

/** `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
