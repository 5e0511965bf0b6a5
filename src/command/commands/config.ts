import { command } from '../command.ts';
import { choice } from '../inputs.ts';

export const config = command({
  name: 'config',
  summary: "print the config file's JSON Schema or reference page",
  details: `schema prints a JSON Schema (2020-12) for editors, reference the page docs/config.md: every option with its type,
bounds, default, and what it trades.`,
  inputs: { page: choice(['schema', 'reference'], 'the page to print') },
  run: async ({ page }, { terminal }) => (await import('../config.ts')).config(page, terminal),
});
