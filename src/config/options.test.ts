import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import type { Config } from './config.ts';
import { parseConfig } from './load.ts';
import { configJsonSchema, configOptions, splitByLiveness } from './options.ts';
import { configReference } from './reference.ts';

function config(text = ''): Config {
  const loaded = parseConfig(`provider: { type: file, file: { directory: m } }\n${text}`, '/etc/sluice.yaml');
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

test('docs/config.md is what `sluice config reference` prints', () => {
  const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
  expect(page).toBe(configReference());
});

test('every option has help, and says when it takes effect', () => {
  expect(configOptions().length).toBeGreaterThan(25);
  for (const { path, help } of configOptions()) expect(help, path).toMatch(/^\S.*\.$/);
});

test('the JSON Schema refuses unknown options in every section', () => {
  const schema = JSON.stringify(configJsonSchema());
  const sections = schema.match(/"properties":/g) ?? [];
  const closed = schema.match(/"additionalProperties":false/g) ?? [];
  expect(closed).toHaveLength(sections.length);
});

test('a live option is applied, one that needs a restart keeps its value', () => {
  const { apply, waiting } = splitByLiveness(
    config(),
    config('endpoints: {windowMs: 7, workers: 4}\nxds: {port: 1}\nlog: {level: debug}'),
  );
  expect(apply.endpoints).toMatchObject({ windowMs: 7, workers: 1 });
  expect(apply.xds.port).toBe(18_000);
  expect(apply.log.level).toBe('debug');
  expect(waiting).toEqual([
    { path: 'endpoints.workers', running: 1, wanted: 4 },
    { path: 'xds.port', running: 18_000, wanted: 1 },
  ]);
});

test('another provider needs a restart, and the running one stays whole', () => {
  const cluster = parseConfig('provider: {type: kubernetes}\nxds: {tls: {secret: tls}}', '/etc/sluice.yaml');
  if (cluster.kind === 'error') throw new Error(cluster.line);
  const { apply, waiting } = splitByLiveness(config(), cluster.config);
  expect(apply).toEqual(config());
  expect(waiting.map(({ path }) => path)).toEqual(['provider', 'xds.tls']);
});

test('an equal config waits for nothing', () => {
  expect(splitByLiveness(config(), config())).toEqual({ apply: config(), waiting: [] });
});

test('options that name what they trade name a metric too', () => {
  const tuning = configOptions().filter(({ path }) => /(Ms|batchSize|workers|maxResources\w+)$/.test(path));
  for (const { path, help } of tuning) expect(help, path).toMatch(/revise by /);
  expect(must(tuning[0], 'a tuning option').path).toBe('provider.file.scanIntervalMs');
});
