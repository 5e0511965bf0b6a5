import { commands, type CommandEntry, type Flag } from './command-table.ts';

export function helpText(command?: string): string {
  const entry = commands.find(({ name }) => name === command);
  return entry === undefined ? overview() : helpOf(entry);
}

function overview(): string {
  const list = commands.map((entry) => `  ${usage(entry)}\n      ${entry.summary}`);
  return `Sluice: a Gateway API control plane for large Envoy fleets

Usage:
${list.join('\n')}
  sluice --help | sluice COMMAND --help
      print this, or all about one command
  sluice --version
      print the version

Exit codes: 0 success; 1 failure while running; 2 bad input, described in one line on standard error.
`;
}

function helpOf(entry: CommandEntry): string {
  const flags = [...entry.flags.map((flag) => [textOf(flag), flag.help] as const), helpFlag];
  const width = Math.max(...flags.map(([flag]) => flag.length));
  const lines = flags.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`);
  return `Usage: ${usage(entry)}\n\n${entry.details}\n\nFlags:\n${lines.join('\n')}\n`;
}

const helpFlag = ['--help', 'print this'] as const;

function textOf({ name, value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function usage({ name, argument, flags }: CommandEntry): string {
  const shown = flags.map((flag) => {
    const text = textOf(flag);
    if (flag.help.endsWith('required')) return text;
    return flag.repeats === true ? `[${text}]...` : `[${text}]`;
  });
  return ['sluice', name, argument, ...shown].filter((part) => part !== undefined).join(' ');
}
