import type { ApiServer } from '../kube/api-server.ts';
import { namespaceEvents, podLog } from '../kube/pod-records.ts';
import { readObjects } from '../kube/read-objects.ts';
import { sluicePods } from '../kube/sluice-pods.ts';
import { systemClock } from '../lib/clock.ts';
import type { BundleFile } from './bundle.ts';
import type { Lacks } from './collect.ts';
import { withApiServer } from './open-api.ts';
import type { ClusterTarget } from './place.ts';
import { shownObject } from './shown-object.ts';

const timeoutMs = 60_000;

/** Reads the objects that Sluice follows, without secrets, and events and logs of its pods: what this account may read. */
export async function clusterFiles(
  cluster: ClusterTarget,
  namespaces: readonly string[],
  aborted: AbortSignal,
  lacks: Lacks,
): Promise<readonly BundleFile[]> {
  const { namespace } = cluster;
  const signal = AbortSignal.any([aborted, AbortSignal.timeout(timeoutMs)]);
  const files: BundleFile[] = [];
  const attempt = async (name: string, add: () => Promise<void>): Promise<void> => {
    try {
      await add();
    } catch (error) {
      lacks(name, error);
    }
  };
  await attempt('objects, events and logs', () =>
    withApiServer(cluster, async (api) => {
      await attempt('objects', async () => {
        files.push(...(await objectFiles(api, namespaces, signal, lacks)));
      });
      await attempt('events.json', async () => {
        const events = shownObject(await namespaceEvents(api, namespace, signal));
        files.push({ name: 'events.json', content: json(events) });
      });
      await attempt('logs', async () => {
        for (const { name } of await sluicePods(api, namespace, signal))
          await attempt(`logs/${name}.log`, async () => {
            files.push({ name: `logs/${name}.log`, content: await podLog(api, namespace, name, signal) });
          });
      });
    }),
  );
  return files;
}

async function objectFiles(
  api: ApiServer,
  namespaces: readonly string[],
  signal: AbortSignal,
  lacks: Lacks,
): Promise<readonly BundleFile[]> {
  const byKind = new Map<string, unknown[]>();
  const keep = (kind: string, object: unknown): void => {
    const all = byKind.get(kind) ?? [];
    byKind.set(kind, all);
    all.push(shownObject(object));
  };
  const unread = await readObjects(
    api,
    namespaces,
    ({ kind }, object) => keep(kind, object),
    systemClock,
    signal,
  );
  for (const { kind, reason } of unread) lacks(`objects/${kind}.json`, new Error(reason));
  return [...byKind].map(([kind, objects]) => ({ name: `objects/${kind}.json`, content: json(objects) }));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
