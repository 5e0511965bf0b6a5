import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flagName, flagsOf } from '../../src/command/command.ts';
import { completionScript } from '../../src/command/completion.ts';
import { commands } from '../../src/command/table.ts';

const names = commands.map(({ name }) => name);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
  writeFileSync(join(folder, 'my routes.yaml'), '');
});

afterEach(() => rmSync(folder, { recursive: true }));

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

/** Asks bash as its Tab key does: for the last of the words. */
function bash(...words: string[]): readonly string[] {
  const script = `${completionScript('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
$(complete -p sluice | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'sluice', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

function fish(line: string): readonly string[] {
  const script = `${completionScript('fish')}\ncomplete -C ${JSON.stringify(line)}`;
  const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { cwd: folder, encoding: 'utf8' });
  return stdout.split('\n').flatMap((one) => (one === '' ? [] : [one.split('\t', 1)[0] ?? '']));
}

test('bash proposes every command, and of each command every flag', () => {
  expect(bash('')).toEqual([...names, '--help', '--version']);
  expect(bash('trans')).toEqual(['translate']);
  for (const command of commands) {
    const flags = flagsOf(command).map(([name]) => `--${flagName(name)}`);
    expect(bash(command.name, '--')).toEqual([...flags, '--help']);
  }
});

test.each([
  [
    ['translate', '--format', ''],
    ['json', 'yaml'],
  ],
  // bash hands over --format=y as three words.
  [['translate', '--format', '=', 'y'], ['yaml']],
  [
    ['translate', '--format', '='],
    ['json', 'yaml'],
  ],
  [['translate', 'my'], ['my routes.yaml']],
  [['serve', '--config', 'my'], ['my routes.yaml']],
  [['standalone', 'my'], []],
  [['standalone', '--xds-port', ''], []],
  [['help', 'trans'], ['translate']],
  [
    ['config', ''],
    ['schema', 'reference'],
  ],
])('bash: %j', (words, proposed) => {
  expect(bash(...words)).toEqual(proposed);
});

test.skipIf(!has('fish'))('fish proposes commands, flags and values', () => {
  expect(fish('sluice ').toSorted()).toEqual(names.toSorted());
  expect(fish('sluice translate --format ')).toEqual(['json', 'yaml']);
  expect(fish('sluice translate my')).toEqual([expect.stringContaining('routes.yaml')]);
  for (const command of commands) {
    const flags = flagsOf(command).map(([name]) => `--${flagName(name)}`);
    expect(fish(`sluice ${command.name} --`)).toEqual(expect.arrayContaining(flags));
  }
});

test.skipIf(!has('zsh'))(
  'zsh takes the script, and hands every flag of a command to its own completion',
  () => {
    for (const command of commands) {
      const script = `compdef() { :; }; _arguments() { print -rl -- "$@"; }; _describe() { :; }
${completionScript('zsh')}
words=(sluice ${command.name} ''); CURRENT=3; _sluice`;
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      for (const [name] of flagsOf(command))
        expect(stdout).toMatch(new RegExp(`^\\*?--${flagName(name)}\\[`, 'm'));
    }
  },
);
