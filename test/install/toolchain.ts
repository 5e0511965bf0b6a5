import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Exact: docs/compatibility.md lists the tried versions. */
export const versions: Record<string, string> = {
  'node 20': '20.20.2',
  'node 22': '22.23.5',
  'node 24': '24.22.3',
  'node 26': '26.10.0',
  'npm 10': '10.9.9',
  'npm 11': '11.21.2',
  'npm 12': '12.2.2',
};

/** Programs for npm and Sluice: a shell, Python for Envoy's wheel, and, on macOS, `ps`. */
const programs = ['sh', 'python3', 'ps'];

export interface Toolchain {
  /** Such as `20.20.2`. */
  readonly node: string;
  readonly npm: string;
  readonly path: string;
}

/** A PATH with this Node.js and npm, and neither git nor a compiler. Kept in `cache`. */
export function toolchain(cache: string, nodeMajor: string, npmMajor: string): Toolchain {
  const node = must(versions[`node ${nodeMajor}`]);
  const npm = must(versions[`npm ${npmMajor}`]);
  const nodeProgram = join(fetched(cache, nodePackage(), node), 'bin', 'node');
  const npmProgram = join(fetched(cache, 'npm', npm), 'bin', 'npm-cli.js');
  const path = join(cache, `path-${node}-${npm}`);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  symlinkSync(nodeProgram, join(path, 'node'));
  symlinkSync(npmProgram, join(path, 'npm'));
  for (const name of programs) {
    const found = which(name);
    // Python may be a shim that needs more files to start; its own file does not.
    if (found !== undefined) symlinkSync(name === 'python3' ? pythonOf(found) : found, join(path, name));
  }
  return { node, npm, path };
}

function nodePackage(): string {
  return `${process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${process.platform}-${process.arch}`;
}

function fetched(cache: string, name: string, version: string): string {
  const folder = join(cache, `${name}-${version}`);
  const found = join(folder, 'node_modules', name);
  if (existsSync(join(found, 'package.json'))) return found;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--save-exact',
    `${name}@${version}`,
  ];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}@${version} cannot be had: ${stderr.trim().split('\n').at(-1)}`);
  return found;
}

function which(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function pythonOf(found: string): string {
  const { stdout } = spawnSync(found, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  return stdout?.trim() || found;
}

function must(version: string | undefined): string {
  if (version === undefined) throw new Error('no such version');
  return version;
}
