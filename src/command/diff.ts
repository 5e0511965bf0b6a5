import { differenceOf, isEmpty } from '../explain/difference/difference.ts';
import { differenceLines } from '../explain/difference/difference-text.ts';
import { formatFileProblem, isError, printable } from '../file/file-problem.ts';
import { readManifests } from '../file/read-manifests.ts';
import { outcomeOffline } from '../run/in-force/outcome-offline.ts';
import { AskFault, askReplicas } from './ask-replicas.ts';
import type { Surroundings } from './command.ts';
import type { Place } from './place.ts';

export interface DiffOptions extends Place {
  readonly path: string;
  /** Manifests with the objects that there are; undefined: the folder that a running Sluice follows. */
  readonly files: string | undefined;
  /** True: objects that `path` lacks are deleted. */
  readonly whole: boolean;
  readonly output: 'text' | 'json';
}

/** Resolves to 0 without a change, 1 with changes, 2 when it cannot tell. */
export async function diff(options: DiffOptions, surroundings: Surroundings): Promise<number> {
  const { path, files, whole, output } = options;
  const { terminal } = surroundings;
  const fail = (line: string): number => {
    terminal.err(`sluice: diff: ${printable(line)}`);
    return 2;
  };
  let base: Base;
  try {
    base =
      files === undefined ? await runningBase(options, surroundings) : { folder: files, proxiesOf: unknown };
  } catch (error) {
    if (error instanceof AskFault) return fail(error.message);
    throw error;
  }
  const [old, now] = [await readManifests(base.folder), await readManifests(path)];
  const problems = [...old.problems, ...now.problems];
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  // Half of the objects would make a wrong difference.
  if (problems.some(isError)) return fail('the manifests cannot be read as a whole');
  const before = await outcomeOffline(old.changes);
  const after = await outcomeOffline(whole ? now.changes : [...old.changes, ...now.changes]);
  if (before === undefined || after === undefined)
    return fail('the translation takes too long: split the manifests');
  const gateways = new Set([...before.gateways.keys(), ...after.gateways.keys()]);
  const proxies = new Map<string, number | undefined>();
  for (const gateway of gateways) proxies.set(gateway, await base.proxiesOf(gateway));
  const difference = differenceOf(before, after, (gateway) => proxies.get(gateway));
  terminal.out(
    output === 'json'
      ? `${JSON.stringify(difference, undefined, 2)}\n`
      : differenceLines(difference)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
  return isEmpty(difference) ? 0 : 1;
}

interface Base {
  readonly folder: string;
  readonly proxiesOf: (gateway: string) => Promise<number | undefined>;
}

async function runningBase(place: Place, { terminal, signal }: Surroundings): Promise<Base> {
  const ask = await askReplicas('diff', place, terminal, signal);
  const [source] = (await ask('source', [])) as readonly { readonly directory?: string }[];
  const folder = source?.directory;
  if (folder === undefined)
    throw new AskFault(
      `Sluice follows a cluster, whose objects hold secrets: write them to a file by kubectl get -o yaml, and name it by --files`,
    );
  return { folder, proxiesOf: async (gateway) => (await ask('proxies', [['gateway', gateway]])).length };
}

function unknown(): Promise<undefined> {
  return Promise.resolve(undefined);
}
