import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { watchConfig, type ConfigWatch } from './watch.ts';

let folder: string;
let file: string;
let clock: ManualClock;
let lines: string[];
let applied: Config[];
let versions: string[];
let watch: ConfigWatch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  file = join(folder, 'sluice.yaml');
  write('');
  clock = new ManualClock();
  lines = [];
  applied = [];
  versions = [];
  const loaded = loadConfig(file);
  if (loaded.kind === 'error') throw new Error(loaded.line);
  watch = watchConfig(file, loaded.config, {
    log: logTo(lines),
    clock,
    onConfig: (config) => applied.push(config),
    onVersion: (result) => versions.push(result),
  });
});

afterEach(() => {
  watch.close();
  rmSync(folder, { recursive: true });
});

/** Renames a new file over the old one, as editors do. */
function write(text: string): void {
  writeFileSync(`${file}.new`, `provider: { type: file, file: { directory: m } }\n${text}`);
  renameSync(`${file}.new`, file);
}

function logTo(into: string[]): Parameters<typeof watchConfig>[2]['log'] {
  const add = (level: string) => (_: object, message: string) => into.push(`${level} ${message}`);
  return { info: add('info'), warn: add('warn'), error: add('error') };
}

test('a changed live option is applied without a file event', async () => {
  write('endpoints: {windowMs: 3}');
  await clock.advanceBy(1000);
  expect(applied.map(({ endpoints }) => endpoints.windowMs)).toEqual([3]);
  expect(lines).toEqual([`info ${file}: the new config is in force`]);
});

test('a broken file is one line, and mending it goes on', async () => {
  write('endpoints: {windowMs: -3}');
  await clock.advanceBy(1000);
  await clock.advanceBy(1000);
  expect(applied).toEqual([]);
  expect(lines).toEqual([
    `error ${file}:2: endpoints.windowMs: must be >= 0 (got -3); the last good config stays in force`,
  ]);
  write('endpoints: {windowMs: 4}');
  await clock.advanceBy(1000);
  expect(applied).toHaveLength(1);
  expect(versions).toEqual(['refused', 'applied']);
});

test('options that need a restart are named in one line, once, with both values', async () => {
  write('xds: {port: 1}\nadmin: {port: 2}');
  await clock.advanceBy(1000);
  write('xds: {port: 1}\nadmin: {port: 2}\n# a comment');
  await clock.advanceBy(1000);
  expect(applied).toEqual([]);
  expect(lines).toEqual([
    `warn ${file}: restart Sluice to change xds.port from 18000 to 1, admin.port from 19000 to 2`,
  ]);
});

test('a file that is removed leaves the last good config in force until it is back', async () => {
  rmSync(file);
  await clock.advanceBy(1000);
  expect(lines).toEqual([`error ${file}: cannot be read (ENOENT); the last good config stays in force`]);
  write('log: {level: debug}');
  await clock.advanceBy(1000);
  expect(applied.map(({ log }) => log.level)).toEqual(['debug']);
});

test('nothing happens after close', async () => {
  watch.close();
  write('endpoints: {windowMs: 3}');
  await clock.advanceBy(5000);
  expect(applied).toEqual([]);
});
