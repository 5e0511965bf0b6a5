import { argumentsOf, flagName, flagsOf, type Command, type Input } from './command.ts';
import { commandNamed, commands } from './table.ts';

export function helpText(name?: string): string {
  const command = name === undefined ? undefined : commandNamed(name);
  return command === undefined ? overview() : helpOf(command);
}

function overview(): string {
  const list = commands.map((command) => `  ${usageOf(command)}\n      ${command.summary}`);
  return `Sluice: a Gateway API control plane for large Envoy fleets

Usage:
${list.join('\n')}

Exit codes: 0 success; 1 failure while running; 2 bad input, described in one line on standard error.
`;
}

function helpOf(command: Command): string {
  const given = argumentsOf(command).map(([, input]) => [input.value ?? '', meaningOf(input)] as const);
  const flags = [
    ...flagsOf(command).map(([name, input]) => [textOf(name, input), meaningOf(input)] as const),
    ['-h, --help', 'print this'] as const,
  ];
  const parts = [
    ...(given.length === 0 ? [] : [`Arguments:\n${aligned(given)}`]),
    `Flags:\n${aligned(flags)}`,
  ];
  return `Usage: ${usageOf(command)}\n\n${command.details}\n\n${parts.join('\n\n')}\n`;
}

/** Names every argument and every flag. */
export function usageOf(command: Command): string {
  const given = argumentsOf(command).map(([, { value = '', isRequired }]) =>
    isRequired === true ? value : `[${value}]`,
  );
  const flags = flagsOf(command).map(([name, { value, isRequired, repeats }]) => {
    const text = value === undefined ? `--${flagName(name)}` : `--${flagName(name)} ${value}`;
    if (isRequired === true) return text;
    return repeats === true ? `[${text}]...` : `[${text}]`;
  });
  return ['sluice', command.name, ...given, ...flags].join(' ');
}

function textOf(name: string, { value, short }: Input<unknown>): string {
  const letter = short === undefined ? '' : `-${short}, `;
  return `${letter}--${flagName(name)}${value === undefined ? '' : ` ${value}`}`;
}

function meaningOf({ as, help, byDefault, isRequired, repeats }: Input<unknown>): string {
  return [
    help,
    ...(byDefault === undefined ? [] : [` (default ${byDefault})`]),
    ...(as === 'flag' && isRequired === true ? ['; required'] : []),
    ...(repeats === true ? ['; may be given several times'] : []),
  ].join('');
}

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join('\n');
}
