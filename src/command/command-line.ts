import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { argumentsOf, flagName, flagsOf, type Bound, type Command } from './command.ts';
import { quoted } from './inputs.ts';
import { commandNamed, commands } from './table.ts';

export type CommandLine =
  | { readonly kind: 'run'; readonly command: string; readonly bound: Bound }
  /** A bad command line; `line` says what to write instead. */
  | { readonly kind: 'error'; readonly line: string };

/** Reads the arguments after the program's name. Never throws. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [name, ...rest] = args;
  if (name === undefined) return wrong('name a command; sluice --help lists them');
  if (name === '--help' || name === '-h') return withTexts('help', new Map());
  if (name === '--version') return withTexts('version', new Map());
  const command = commandNamed(name);
  if (command !== undefined) return parseCommand(command, rest);
  const names = name.startsWith('-') ? ['--help', '--version'] : commands.map((one) => one.name);
  return wrong(`${quoted(name)} is no ${name.startsWith('-') ? 'flag' : 'command'}${meant(name, names)}`);
}

function parseCommand(command: Command, args: readonly string[]): CommandLine {
  const flags = flagsOf(command);
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        flags.map(([name, { value, short }]) => [
          flagName(name),
          { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) },
        ]),
      ),
    },
  });
  const texts = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help' && token.value === undefined)
      return withTexts('help', new Map([['command', [command.name]]]));
    const [name, flag] = flags.find(([one]) => flagName(one) === token.name) ?? [];
    if (name === undefined || flag === undefined) {
      const names = ['--help', ...flags.map(([one]) => `--${flagName(one)}`)];
      return wrong(`${command.name}: ${quoted(token.rawName)} is no flag${meant(token.rawName, names)}`);
    }
    const before = texts.get(name) ?? [];
    if (before.length > 0 && flag.repeats !== true)
      return wrong(`${command.name}: --${token.name} is given twice`);
    if (flag.value === undefined) {
      if (token.value !== undefined) return wrong(`${command.name}: --${token.name} takes no value`);
    } else if (token.value === undefined || token.value === '')
      return wrong(`${command.name}: --${token.name} needs a value`);
    texts.set(name, [...before, token.value ?? '']);
  }
  return withArguments(command, positionals, texts);
}

function withArguments(
  command: Command,
  positionals: readonly string[],
  texts: Map<string, readonly string[]>,
): CommandLine {
  const wanted = argumentsOf(command);
  const extra = positionals[wanted.length];
  if (extra !== undefined) return wrong(`${command.name}: ${quoted(extra)} is one argument too many`);
  for (const [index, [name, { value, isRequired }]] of wanted.entries()) {
    const text = positionals[index];
    // A variable of a script that is not set gives an empty text.
    if (text === '' || (text === undefined && isRequired === true))
      return wrong(`${command.name}: ${value} is missing; sluice ${command.name} --help explains it`);
    if (text !== undefined) texts.set(name, [text]);
  }
  const missing = flagsOf(command).find(([name, { isRequired }]) => isRequired === true && !texts.has(name));
  if (missing !== undefined)
    return wrong(`${command.name}: --${flagName(missing[0])} ${missing[1].value} is missing`);
  const chosen = wanted.find(([, { completes }]) => Array.isArray(completes) || completes === 'command');
  const text = chosen === undefined ? undefined : texts.get(chosen[0])?.[0];
  if (chosen !== undefined && text !== undefined) {
    const words = wordsOf(chosen[1].completes);
    if (!words.includes(text))
      return wrong(
        `${command.name}: ${quoted(text)} is no ${chosen[1].value}${meant(text, words, command.name)}`,
      );
  }
  return withTexts(command.name, texts);
}

function wordsOf(completes: Command['inputs'][string]['completes']): readonly string[] {
  if (completes === 'command') return commands.map(({ name }) => name);
  return typeof completes === 'object' ? completes : [];
}

function withTexts(name: string, texts: ReadonlyMap<string, readonly string[]>): CommandLine {
  const bound = commandNamed(name)?.bind(texts) ?? { kind: 'problem', line: name };
  return bound.kind === 'problem' ? wrong(bound.line) : { kind: 'run', command: name, bound };
}

function meant(text: string, candidates: readonly string[], command?: string): string {
  const candidate = nearest(text, candidates);
  const help = command === undefined ? 'sluice --help' : `sluice ${command} --help`;
  return candidate === undefined ? `; see ${help}` : `; did you mean ${candidate}?`;
}

function wrong(message: string): CommandLine {
  return { kind: 'error', line: `sluice: ${message}` };
}
