import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { must } from '../src/lib/assert.ts';
import { walks } from './trace/walks.ts';

const root = join(import.meta.dirname, '..');
const docs = join(root, 'docs');
const names = [
  ...readFileSync(join(docs, 'architecture.md'), 'utf8').matchAll(/\[`([^`]+)`\]\((\.\.\/[^)]+)\)/g),
].map(([, name = '', path = '']) => [name, path] as const);

test('the page goes through the stages', () => {
  const folders = new Set(names.map(([, path]) => path.split('/')[2] ?? ''));
  expect([...folders].sort()).toEqual([
    'batch',
    'kinds',
    'kube',
    'pool',
    'publish',
    'run',
    'schedule',
    'status',
    'store',
    'translate',
    'xds',
  ]);
});

test.each(names)('%s is in %s', (name, path) => {
  const file = join(docs, path);
  expect(existsSync(file)).toBe(true);
  const source = readFileSync(file, 'utf8');
  const [owner = '', member] = name.split('.');
  expect(source).toMatch(
    new RegExp(`^export (const|class|interface|function|async function) ${owner}\\b`, 'm'),
  );
  if (member !== undefined)
    expect(source).toMatch(new RegExp(`^  (override )?(async )?\\*?${member}\\(`, 'm'));
});

test('Sluice takes the steps of each walk in the order of the page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-steps-'));
  const env = { ...process.env, CALLS_FILE: join(folder, 'calls') };
  writeFileSync(env.CALLS_FILE, '');
  const program = ['--import', './test/trace/step-hook.ts', 'test/trace/run.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root, env });
  rmSync(folder, { recursive: true });
  const taken = JSON.parse(stdout) as string[][];
  expect(walks.length).toBe(2);
  for (const [i, { steps }] of walks.entries()) {
    const wanted = [...new Set(steps.map(({ name }) => name))];
    const calls = must(taken[i], 'the calls of a walk');
    // Units of other waves take the same steps at the same time: the walk is part of all calls, in this order.
    expect(inOrder(calls, wanted)).toEqual(wanted);
    expect(inOrder(calls, wanted.toReversed()).length).toBeLessThan(wanted.length);
  }
});

function inOrder(calls: readonly string[], steps: readonly string[]): string[] {
  let from = 0;
  return steps.filter((step) => {
    const at = calls.indexOf(step, from);
    if (at >= 0) from = at + 1;
    return at >= 0;
  });
}
