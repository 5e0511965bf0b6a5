import { command } from '../command.ts';
import { optionalArgument } from '../inputs.ts';

export const help = command({
  name: 'help',
  summary: 'print this, or all about one command',
  details: 'Without COMMAND, lists the commands. The same as sluice --help and sluice COMMAND --help.',
  inputs: {
    command: optionalArgument('COMMAND', 'the command to explain', { completes: 'command' }),
  },
  run: async ({ command: name }, { terminal }) => {
    const { helpText } = await import('../help.ts');
    terminal.out(helpText(name));
    return 0;
  },
});
