import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './pages.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { readonly version: string };

test('the lock file and the chart have the version of package.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    readonly version: string;
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  };
  const chart = parse(read('charts/sluice/Chart.yaml')) as {
    readonly version: string;
    readonly appVersion: string;
  };
  expect([lock.version, lock.packages['']?.version]).toEqual([version, version]);
  expect(chart).toMatchObject({ version, appVersion: version });
});

test('the changelog begins with what is unreleased, then this version', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings[0]).toBe('Unreleased');
  expect(headings[1]).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d{2}-\\d{2}\\)$`));
});

test('SECURITY.md supports the minor version of package.json', () => {
  expect(read('SECURITY.md')).toContain(`| ${version.split('.').slice(0, 2).join('.')} | yes |`);
});
