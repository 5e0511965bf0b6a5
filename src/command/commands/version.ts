import { command } from '../command.ts';

export const version = command({
  name: 'version',
  summary: 'print the version',
  details: 'The same as sluice --version.',
  inputs: {},
  run: async (_, { terminal }) => {
    const { buildName } = await import('../../run/version.ts');
    terminal.out(`${buildName()}\n`);
    return 0;
  },
});
