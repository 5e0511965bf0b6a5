import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { floor } from '../launch/pinned-node.js';
import { versions } from './install/toolchain.ts';

const root = join(import.meta.dirname, '..');

test('docs/compatibility.md names what is tried, and no other version', () => {
  const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8');
  const [, nodes = '', npms = ''] = /glibc\): Node\.js (.*?), each with npm (.*?), with/s.exec(page) ?? [];
  expect([named(nodes), named(npms)]).toEqual([tried('node'), tried('npm')]);
  expect(page.replaceAll('\n', ' ')).toContain(`the one that is there, from ${floor} on`);
});

test('the Node.js that package.json pins is one version, and is tried', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const pinned = [...new Set(Object.values(optionalDependencies))];
  expect(pinned).toHaveLength(1);
  expect(Object.values(versions)).toContain(pinned[0]);
});

function named(text: string): string[] {
  return text.match(/\d+\.\d+\.\d+/g) ?? [];
}

function tried(what: string): string[] {
  return Object.entries(versions).flatMap(([name, version]) => (name.startsWith(what) ? [version] : []));
}
