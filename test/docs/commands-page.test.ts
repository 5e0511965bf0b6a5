import { expect, test } from 'vitest';
import { commandsPage } from '../../docs/commands.ts';

test('docs/commands.md is of the table of commands: node docs/commands.ts', () => {
  const { written, wanted } = commandsPage();
  expect(written).toBe(wanted);
});
