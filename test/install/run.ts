import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../../src/lib/failure.ts';
import { hasSharedEnvoy, play, type Combination, type Outcome } from './combination.ts';
import { parseOptions, type Options } from './options.ts';
import { tableOf } from './table.ts';
import { toolchain } from './toolchain.ts';

/** `npm run test:install`: README's first command on every supported Node.js and npm; in turn, as ports are fixed. */
async function main(options: Options): Promise<boolean> {
  const root = join(import.meta.dirname, '..', '..');
  const places = { root, cache: join(root, '.cache', 'install') };
  mkdirSync(places.cache, { recursive: true });
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  const all = combinations(options, places.cache);
  const outcomes = new Map<Combination, Outcome>();
  for (const [index, combination] of all.entries()) {
    if (ending.signal.aborted) break;
    const title = `${index + 1}/${all.length} ${nameOf(combination)}`;
    const say = (line: string): void => print(`${title}: ${line}`);
    const fetches = (options.fetchEnvoy && index === 0) || !hasSharedEnvoy(places);
    say(fetches ? 'begins, and fetches Envoy' : 'begins');
    const outcome = await play(combination, places, fetches, say, ending.signal);
    say(outcome.failure === undefined ? `passed: ${outcome.firstLine}` : `FAILED ${outcome.failure}`);
    outcomes.set(combination, outcome);
  }
  rmSync(join(places.cache, 'a folder'), { recursive: true, force: true });
  for (const line of tableOf(outcomes)) print(line);
  const failed = all.filter((combination) => outcomes.get(combination)?.failure !== undefined).length;
  print(`${outcomes.size - failed} passed, ${all.length - outcomes.size + failed} failed`);
  return failed === 0 && outcomes.size === all.length;
}

function combinations({ nodes, npms, ignoreScripts }: Options, cache: string): readonly Combination[] {
  const flags = ignoreScripts === undefined ? [false, true] : [ignoreScripts];
  return nodes.flatMap((node) =>
    npms.flatMap((npm) => {
      const tools = toolchain(cache, node, npm);
      return flags.map((flag) => ({ ...tools, ignoreScripts: flag }));
    }),
  );
}

function nameOf({ node, npm, ignoreScripts }: Combination): string {
  return `Node.js ${node}, npm ${npm}${ignoreScripts ? ', --ignore-scripts' : ''}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = (await main(parseOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`install: ${failureText(error)}\n`);
  process.exitCode = 2;
}
