import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMistakes, flagMistakes, mistakes, mistakesPage, rightManifests } from '../../docs/mistakes.ts';
import { parseCommandLine } from '../../src/command/command-line.ts';
import { translate } from '../../src/command/translate.ts';
import { loadConfig } from '../../src/config/load.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-mistakes-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Lines on standard error, without the summary. */
async function linesOf(manifests: string): Promise<string[]> {
  writeFileSync(join(folder, 'shop.yaml'), manifests);
  const lines: string[] = [];
  const options = { path: folder, format: 'json', gateway: undefined, type: 'all', strict: true } as const;
  const code = await translate(options, { out: () => {}, err: (line) => lines.push(line) });
  expect(code === 0).toBe(lines.length === 1);
  expect(lines.at(-1)).toMatch(/^sluice: translate: \d+ objects?, /);
  return lines.slice(0, -1);
}

test('docs/mistakes.md is of the tables: node docs/mistakes.ts', () => {
  const { written, wanted } = mistakesPage();
  expect(written).toBe(wanted);
});

test('the manifests without a mistake have no line', async () => {
  expect(await linesOf(rightManifests)).toEqual([]);
});

test.each(mistakes)(
  '$title is named with its place, and nothing else is',
  async ({ edit: [from, to], lines }) => {
    expect(rightManifests).toContain(from);
    expect(await linesOf(rightManifests.replace(from, to))).toEqual(lines);
  },
);

test.each(configMistakes)('$title is named with its place', ({ text, line }) => {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, text);
  expect(loadConfig(file)).toEqual({ kind: 'error', line: line.replace('sluice.yaml', file) });
});

test.each(flagMistakes)('$title is named with the nearest', ({ args, line }) => {
  expect(parseCommandLine(args)).toEqual({ kind: 'error', line });
});
