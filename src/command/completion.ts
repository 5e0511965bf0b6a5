import { argumentsOf, flagName, flagsOf, type Command, type Input } from './command.ts';
import { commands } from './table.ts';

/** Prints no output of the user's commands: everything that is proposed stands in the script. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish'): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
  }
}

const names = commands.map(({ name }) => name);

function wordsOf({ completes }: Input<unknown>): readonly string[] {
  if (completes === 'command') return names;
  return typeof completes === 'object' ? completes : [];
}

/** Lists `--config`, and `-o` where it has a letter. */
function spellings([name, { short }]: readonly [string, Input<unknown>]): readonly string[] {
  return [`--${flagName(name)}`, ...(short === undefined ? [] : [`-${short}`])];
}

function bash(): string {
  const values = commands.flatMap((command) =>
    flagsOf(command)
      .filter(([, { value }]) => value !== undefined)
      .map((flag) => {
        const cases = spellings(flag).map((spelling) => `'${command.name} ${spelling}'`);
        return `    ${cases.join('|')}) ${bashProposal(flag[1])}; return ;;`;
      }),
  );
  const rest = commands.map((command) => {
    const flags = [...flagsOf(command).flatMap(spellings), '--help'];
    const [first] = argumentsOf(command);
    const other = first === undefined ? '' : `; [[ $word == -* ]] || ${bashProposal(first[1])}`;
    return `    ${command.name}) [[ $word == -* ]] && _sluice_words '${flags.join(' ')}'${other} ;;`;
  });
  return `_sluice_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_sluice_files() { local IFS=$'\\n'; compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen "$1" -- "$word")); }
_sluice() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # bash takes --flag=value apart.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD == 1)); then _sluice_words '${names.join(' ')} --help --version'; return; fi
  case "\${COMP_WORDS[1]} $before" in
${values.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${rest.join('\n')}
  esac
}
complete -F _sluice sluice
`;
}

function bashProposal(input: Input<unknown>): string {
  if (input.completes === 'path') return '_sluice_files -f';
  if (input.completes === 'folder') return '_sluice_files -d';
  const words = wordsOf(input);
  return words.length === 0 ? ':' : `_sluice_words '${words.join(' ')}'`;
}

function zsh(): string {
  const described = commands.map(({ name, summary }) => `    ${zshQuoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const flags = flagsOf(command).flatMap((flag) => spellings(flag).map((one) => zshFlag(one, flag[1])));
    const given = argumentsOf(command).map(([, input]) =>
      zshQuoted(`:${zshText(input.value ?? '')}:${zshAction(input)}`),
    );
    return `    ${command.name}) _arguments ${[...flags, "'--help[print this]'", ...given].join(' ')} ;;`;
  });
  return `#compdef sluice
_sluice() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${cases.join('\n')}
  esac
}
compdef _sluice sluice
`;
}

function zshFlag(spelling: string, input: Input<unknown>): string {
  const { value, help, repeats } = input;
  const action = value === undefined ? '' : `:${zshText(value)}:${zshAction(input)}`;
  return zshQuoted(`${repeats === true ? '*' : ''}${spelling}[${zshText(help)}]${action}`);
}

function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
}

function zshAction(input: Input<unknown>): string {
  if (input.completes === 'path') return '_files';
  if (input.completes === 'folder') return '_files -/';
  const words = wordsOf(input);
  return words.length === 0 ? ' ' : `(${words.join(' ')})`;
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fish(): string {
  const lines = commands.flatMap((command) => fishCommand(command));
  return `complete -c sluice -f\n${lines.join('\n')}\n`;
}

function fishCommand(command: Command): readonly string[] {
  const isUsed = fishQuoted(`__fish_seen_subcommand_from ${command.name}`);
  const flags = flagsOf(command).map(([name, input]) => {
    const short = input.short === undefined ? '' : ` -s ${input.short}`;
    return `complete -c sluice -n ${isUsed} -l ${flagName(name)}${short}${fishProposal(input)} -d ${fishQuoted(input.help)}`;
  });
  const given = argumentsOf(command)
    .map(([, input]) => fishProposal(input))
    .filter((proposal) => proposal !== '')
    .map((proposal) => `complete -c sluice -n ${isUsed}${proposal}`);
  const own = `complete -c sluice -n __fish_use_subcommand -a ${command.name} -d ${fishQuoted(command.summary)}`;
  return [own, ...flags, ...given];
}

/** Lists the values of a flag or an argument, if the shell can propose some. */
function fishProposal(input: Input<unknown>): string {
  const isValue = input.as === 'flag' && input.value !== undefined;
  if (input.completes === 'path' || input.completes === 'folder') return isValue ? ' -r -F' : ' -F';
  const words = wordsOf(input);
  // Without -x, fish proposes files too.
  return `${isValue ? ' -x' : ''}${words.length === 0 ? '' : ` -a ${fishQuoted(words.join(' '))}`}`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
