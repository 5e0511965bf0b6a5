import { configSchema } from '../config/config.ts';
import { explainObject } from '../explain/explain-object.ts';
import { inForceBy } from '../explain/asked.ts';
import { objectLines } from '../explain/object-text.ts';
import { printable } from '../file/file-problem.ts';
import { failureText } from '../lib/failure.ts';
import type { ObjectStatus } from '../run/objects.ts';
import { buildName } from '../run/version.ts';
import { AskFault, askReplicas } from './ask-replicas.ts';
import { listWith } from './ask.ts';
import { writeBundle, type BundleFile } from './bundle.ts';
import { clusterFiles } from './cluster-files.ts';
import type { Surroundings } from './command.ts';
import { judge } from './object-status.ts';
import { clusterOf, type Place } from './place.ts';
import { findReplicas, type Replica } from './replicas.ts';

export interface CollectOptions extends Place {
  /** Undefined: a name with the time. */
  readonly output: string | undefined;
}

/** Adds a line on what the bundle lacks. */
export type Lacks = (what: string, error: unknown) => void;

/** Explanations of more objects would only repeat the reason. */
const maxExplained = 100;

/** Pages of each replica, by the file in its folder. Each shows no secret. */
const pages: ReadonlyMap<string, string> = new Map([
  ['config.json', '/debug/in-force/config'],
  ['readyz.txt', '/readyz'],
  ['metrics.txt', '/metrics'],
  ['objects.json', '/debug/objects'],
  ['problems.json', '/debug/problems'],
  ['proxies.json', '/debug/proxies'],
  ...['listeners', 'routes', 'virtualHosts', 'clusters', 'endpoints'].map((type): [string, string] => [
    `sent-${type}.json`,
    `/debug/in-force/sent?type=${type}`,
  ]),
]);

/** `sluice collect`: resolves to the exit code. */
export async function collect(
  { output, ...place }: CollectOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { terminal, signal } = surroundings;
  const fail = (line: string): number => {
    terminal.err(`sluice: collect: ${printable(line)}`);
    return 2;
  };
  const found = await findReplicas(place, signal);
  if (found.kind === 'error') return fail(found.line);
  const file = output ?? `sluice-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.tar.gz`;
  try {
    await writeBundle(file, bundleFiles(place, found.replicas, surroundings));
  } catch (error) {
    if (error instanceof AskFault) return fail(error.message);
    return fail(`${file} cannot be written: ${failureText(error)}`);
  }
  terminal.out(`${file}\n`);
  return 0;
}

async function* bundleFiles(
  place: Place,
  replicas: readonly Replica[],
  surroundings: Surroundings,
): AsyncGenerator<BundleFile> {
  const { terminal, signal } = surroundings;
  const missing: string[] = [];
  const lacks: Lacks = (what, error) => {
    const line = `${what}: ${failureText(error)}`;
    missing.push(line);
    terminal.err(`sluice: collect: ${printable(line)}`);
  };
  let objects: readonly ObjectStatus[] | undefined;
  let config: string | undefined;
  for (const replica of replicas)
    for (const [name, path] of pages) {
      try {
        const content = await replica.get(path, signal);
        yield { name: `replicas/${folderOf(replica)}/${name}`, content };
        if (name === 'objects.json') objects ??= listWith<ObjectStatus>('kind', 'metadata')(content);
        if (name === 'config.json') config ??= content;
      } catch (error) {
        lacks(`${path} of ${replica.name}`, error);
      }
    }
  if (objects === undefined) throw new AskFault('no replica answers');
  yield* explanations(place, objects, surroundings, lacks);
  const namespaces = followedNamespaces(config);
  if (namespaces !== undefined)
    yield* await clusterFiles(clusterOf(place, process.env), namespaces, signal, lacks);
  const collected = {
    at: new Date().toISOString(),
    by: buildName(),
    replicas: replicas.map(({ name }) => name),
  };
  yield { name: 'collected.json', content: `${JSON.stringify({ ...collected, missing }, undefined, 2)}\n` };
}

async function* explanations(
  place: Place,
  objects: readonly ObjectStatus[],
  { terminal, signal }: Surroundings,
  lacks: Lacks,
): AsyncGenerator<BundleFile> {
  const wrong = objects.map(judge).filter(({ state }) => state !== 'ok');
  if (wrong.length === 0) return;
  const inForce = inForceBy(await askReplicas('collect', place, terminal, signal));
  for (const { kind, namespace, name } of wrong.slice(0, maxExplained)) {
    try {
      const explained = await explainObject(inForce, `${kind}/${namespace}/${name}`);
      if (explained === undefined) continue;
      const file = [kind, ...(namespace === '' ? [] : [namespace]), name].join('_');
      yield {
        name: `explain/${file}.txt`,
        content: objectLines(explained)
          .map((line) => `${printable(line)}\n`)
          .join(''),
      };
    } catch (error) {
      lacks(`explanation of ${kind} ${namespace}/${name}`, error);
    }
  }
}

/** Returns the namespaces that a process follows, where none are all of them; undefined: it follows no cluster. */
function followedNamespaces(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const { data } = configSchema.safeParse(listWith<{ readonly provider: unknown }>('provider')(text)?.[0]);
  return data?.provider.type === 'kubernetes' ? data.provider.kubernetes.namespaces : undefined;
}

/** A URL has characters that some programs do not take in a path. */
function folderOf({ name }: Replica): string {
  return name.replace(/^https?:\/\//, '').replaceAll(/[^A-Za-z0-9.-]/g, '_');
}
