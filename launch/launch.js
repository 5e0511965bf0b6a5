import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handOver } from './hand-over.js';
import { floor, meetsFloor, pinnedNode } from './pinned-node.js';
import { root } from './root.js';

/**
 * Runs a program of this folder on a Node.js that is new enough, with the generated code there and current: on the one
 * that `npm ci` has put into node_modules, else on the one that runs this. It depends on no script of npm's, as
 * companies switch those off, and is read by Node.js 18 too, so that an old one is told what to install.
 *
 * @param {string | undefined} program a file, by its path from the root, or the name of a tool in `node_modules/.bin`;
 *   undefined: nothing, once the generated code is current
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
  // A tool in node_modules/.bin is a link, and looks for its files beside what it links to.
  const main = realpathSync(file);
  process.argv.splice(1, process.argv.length, main, ...args);
  await import(pathToFileURL(main).href);
}

const remedy = 'install one, or run npm ci without --omit=optional, which brings one';

/** @param {{ path: string, version: string }} node */
function isRunning({ path, version }) {
  return version === process.version || realpathSync(path) === realpathSync(process.execPath);
}

/** @param {string} program */
function fileOf(program) {
  return program.includes('/') ? join(root, program) : join(root, 'node_modules', '.bin', program);
}

/** An image, and an install of what runs alone, have what was generated and nothing to generate it with. */
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
