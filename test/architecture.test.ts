import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const docs = join(import.meta.dirname, '../docs');
const steps = [
  ...readFileSync(join(docs, 'architecture.md'), 'utf8').matchAll(/\[`([^`]+)`\]\((\.\.\/[^)]+)\)/g),
].map(([, name = '', path = '']) => [name, path] as const);

test('the walks go through the stages', () => {
  const folders = new Set(steps.map(([, path]) => path.split('/')[2] ?? ''));
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

test.each(steps)('%s is in %s', (name, path) => {
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
