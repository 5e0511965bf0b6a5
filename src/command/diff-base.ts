import { configSchema, type Config } from '../config/config.ts';
import { formatFileProblem, isError } from '../file/file-problem.ts';
import { readManifests, type ReadManifests } from '../file/read-manifests.ts';
import { readObjects } from '../kube/read-objects.ts';
import { systemClock } from '../lib/clock.ts';
import { AskFault, askReplicas } from './ask-replicas.ts';
import type { Surroundings } from './command.ts';
import { withApiServer } from './open-api.ts';
import { clusterOf, type Place } from './place.ts';

/** The objects that there are, and how they are translated. */
export interface DiffBase {
  readonly changes: ReadManifests['changes'];
  /** Config of the process that follows them; undefined: they are files that none follows. */
  readonly config: Config | undefined;
  /** Lines on what this account may not read: the difference lacks what depends on it. */
  readonly unread: readonly string[];
  /** Connected proxies of a Gateway; undefined: not known. */
  readonly proxiesOf: (gateway: string) => Promise<number | undefined>;
}

/** Reads manifests. Rejects with an {@link AskFault} where they cannot be read as a whole: half would be wrong. */
export async function readWhole(
  path: string,
  { terminal }: Pick<Surroundings, 'terminal'>,
): Promise<ReadManifests['changes']> {
  const { changes, problems } = await readManifests(path);
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  if (problems.some(isError)) throw new AskFault('the manifests cannot be read as a whole');
  return changes;
}

export async function filesBase(folder: string, surroundings: Surroundings): Promise<DiffBase> {
  const changes = await readWhole(folder, surroundings);
  return { changes, config: undefined, unread: [], proxiesOf: () => Promise.resolve(undefined) };
}

/**
 * Reads the objects that a running Sluice follows: of a folder, or of the cluster, by the rights of the user's account. No
 * process hands out objects, as these hold secrets.
 */
export async function runningBase(place: Place, surroundings: Surroundings): Promise<DiffBase> {
  const { terminal, signal } = surroundings;
  const ask = await askReplicas('diff', place, terminal, signal);
  const { success, data: config } = configSchema.safeParse((await ask('config', []))[0]);
  if (!success) throw new AskFault('the config of the running Sluice cannot be read: is it of this version?');
  const proxiesOf = async (gateway: string): Promise<number> =>
    (await ask('proxies', [['gateway', gateway]])).length;
  const { provider } = config;
  if (provider.type === 'file')
    return {
      changes: await readWhole(provider.file.directory, surroundings),
      config,
      unread: [],
      proxiesOf,
    };
  const { changes, unread } = await clusterObjects(place, config, provider.kubernetes.namespaces, signal);
  return { changes, config, unread, proxiesOf };
}

async function clusterObjects(
  place: Place,
  { translate }: Config,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<Pick<DiffBase, 'changes' | 'unread'>> {
  const changes: ReadManifests['changes'][number][] = [];
  const found = await withApiServer(clusterOf(place, process.env), (api) =>
    readObjects(
      api,
      namespaces,
      ({ parse, parseWithoutScripts = parse }, object) => {
        const parsed = (translate.lua ? parse : parseWithoutScripts)(object);
        if (parsed.kind === 'row') changes.push({ kind: 'put', row: parsed.row });
      },
      systemClock,
      signal,
    ),
  );
  const unread = found.map(
    ({ kind, namespace, reason }) =>
      `${kind} objects${namespace === undefined ? '' : ` of namespace ${namespace}`} cannot be read, and what depends on them is not compared: ${reason}`,
  );
  return { changes, unread };
}
