import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyInFile } from './key-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file gets a key once, which only its owner may read', () => {
  const file = join(folder, 'state', 'key');
  const key = keyInFile(file);
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(keyInFile(file)).toBe(key);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a file with something else is not used', () => {
  const file = join(folder, 'key');
  writeFileSync(file, 'short');
  expect(() => keyInFile(file)).toThrow('holds no key of sessions: delete it');
});
