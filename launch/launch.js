import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handOver } from './hand-over.js';
import { floor, meetsFloor, pinnedNode } from './pinned-node.js';
import { root } from './root.js';

/**
 * Runs a program of this folder with current generated code, on the Node.js that `npm ci` has put into node_modules,
 * else on this one. Needs no npm scripts, which some companies switch off. Node.js 18 must be able to read this file,
 * so that it can say what to install.
 *
 * @param {string | undefined} program a path from the root, or a tool in `node_modules/.bin`; undefined: none
 * @param {readonly string[]} args
 */
export async function launch(program, args) {
  const pinned = pinnedNode();
  if (pinned !== undefined && !isRunning(pinned) && (await handOver(pinned.path))) return;
  if (!meetsFloor(process.version)) {
    fail(`needs Node.js ${floor} or later, and this is ${process.version}: ${remedy}`, 2);
    return;
  }
  if (!existsSync(join(root, 'node_modules'))) {
    fail('node_modules is missing: run npm ci', 2);
    return;
  }
  if (!(await isGenerated())) {
    process.exitCode = 1;
    return;
  }
  if (program === undefined) return;
  const file = fileOf(program);
  if (!existsSync(file)) {
    fail(`${file} is missing: run npm ci`, 2);
    return;
  }
  // A tool in node_modules/.bin is a link, and looks for its files beside the target.
  const main = realpathSync(file);
  process.argv.splice(1, process.argv.length, main, ...args);
  keepCompiled();
  await import(pathToFileURL(main).href);
}

const remedy = 'install one, or run npm ci without --omit=optional, which brings one';

/**
 * Keeps compiled modules, and their text without types, in a folder that belongs to this checkout: a command loads about a
 * thousand. Where the folder cannot be written, Node.js compiles them each time.
 */
function keepCompiled() {
  // Node.js 18 has no such function.
  module.enableCompileCache?.(join(root, '.cache', 'compile'));
}

/** @param {{ path: string, version: string }} node */
function isRunning({ path, version }) {
  return version === process.version || realpathSync(path) === realpathSync(process.execPath);
}

/** @param {string} program */
function fileOf(program) {
  return program.includes('/') ? join(root, program) : join(root, 'node_modules', '.bin', program);
}

/** An image, or an install without development dependencies, has generated code but no generator. */
async function isGenerated() {
  const isMaker = ['proto/generate.ts', 'node_modules/ts-proto'].every((path) =>
    existsSync(join(root, path)),
  );
  if (!isMaker && existsSync(join(root, 'proto', 'gen', '.stamp'))) return true;
  const { generate } = await import('../proto/generate.ts');
  return generate();
}

/**
 * @param {string} why
 * @param {number} code
 */
function fail(why, code) {
  process.stderr.write(`sluice: ${why}\n`);
  process.exitCode = code;
}
