import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { parseProcfile, readProcfile } from './procfile.ts';

test('each line is a process, split at spaces, and node is the node that runs Sluice', () => {
  const text = '# comment\n\nblue: node a.ts --port  3001\r\ngreen-2: ./run $HOME *\n';
  expect(parseProcfile(text, 'Procfile')).toEqual({
    kind: 'ok',
    entries: [
      { name: 'blue', command: process.execPath, args: ['a.ts', '--port', '3001'] },
      { name: 'green-2', command: './run', args: ['$HOME', '*'] },
    ],
  });
});

test.each([
  ['blue node', 'Procfile:1: must be NAME: COMMAND ARGUMENTS'],
  ['\n../x: node', 'Procfile:2: must be NAME: COMMAND ARGUMENTS'],
  ['blue: ', 'Procfile:1: must be NAME: COMMAND ARGUMENTS'],
  ['a: x\na: y', 'Procfile:2: the name a is used twice: choose another'],
  [Array.from({ length: 60 }, (_, i) => `p${i}: x`).join('\n'), 'Procfile: has more than 50 processes'],
])('%j is one line that names the place', (text, line) => {
  expect(parseProcfile(text, 'Procfile')).toEqual({ kind: 'error', line });
});

test('a folder without a Procfile has no processes', () => {
  expect(readProcfile(`${tmpdir()}/no-such-folder`)).toEqual({ kind: 'ok', entries: [] });
});
