import { differenceOf, isEmpty } from '../explain/difference/difference.ts';
import { differenceLines } from '../explain/difference/difference-text.ts';
import { printable } from '../file/file-problem.ts';
import { latestChanges } from '../run/in-force/latest-changes.ts';
import { outcomeOffline } from '../run/in-force/outcome-offline.ts';
import { AskFault } from './ask-replicas.ts';
import type { Surroundings } from './command.ts';
import { filesBase, readWhole, runningBase } from './diff-base.ts';
import type { Place } from './place.ts';

export interface DiffOptions extends Place {
  readonly path: string;
  /** Manifests with the objects that there are; undefined: those that a running Sluice follows. */
  readonly files: string | undefined;
  /** True: objects that `path` lacks are deleted. */
  readonly whole: boolean;
  readonly output: 'text' | 'json';
}

/** Resolves to 0 without a change, 1 with changes, 2 when it cannot tell. */
export async function diff(options: DiffOptions, surroundings: Surroundings): Promise<number> {
  try {
    return await compare(options, surroundings);
  } catch (error) {
    if (!(error instanceof AskFault)) throw error;
    surroundings.terminal.err(`sluice: diff: ${printable(error.message)}`);
    return 2;
  }
}

async function compare(options: DiffOptions, surroundings: Surroundings): Promise<number> {
  const { path, files, whole, output } = options;
  const { terminal } = surroundings;
  const base =
    files === undefined ? await runningBase(options, surroundings) : await filesBase(files, surroundings);
  const { config, unread, proxiesOf } = base;
  for (const line of unread) terminal.err(`sluice: diff: ${printable(line)}`);
  const old = latestChanges(base.changes);
  const now = latestChanges(await readWhole(path, surroundings), old);
  const before = await outcomeOffline([...old.values()], config);
  const after = await outcomeOffline([...(whole ? now : new Map([...old, ...now])).values()], config);
  if (before === undefined || after === undefined)
    throw new AskFault('the translation takes too long: split the manifests');
  const proxies = new Map<string, number | undefined>();
  for (const gateway of new Set([...before.gateways.keys(), ...after.gateways.keys()]))
    proxies.set(gateway, await proxiesOf(gateway));
  const difference = differenceOf(before, after, (gateway) => proxies.get(gateway));
  terminal.out(
    output === 'json'
      ? `${JSON.stringify(difference, undefined, 2)}\n`
      : differenceLines(difference)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
  if (!isEmpty(difference)) return 1;
  return unread.length === 0 ? 0 : 2;
}
