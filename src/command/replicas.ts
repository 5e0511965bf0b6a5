import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { failureText } from '../lib/failure.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { targetsOf, type Place, type Target } from './place.ts';

/** A running process of Sluice. */
export interface Replica {
  /** Name of its pod; of another process its URL. */
  readonly name: string;
  /** Resolves to the body of a page of the admin server. Rejects with an Error of one line. */
  get(path: string, signal: AbortSignal): Promise<string>;
}

export type Found =
  | { readonly kind: 'found'; readonly replicas: readonly Replica[] }
  | { readonly kind: 'error'; readonly line: string };

/** A busy Sluice answers late. */
const timeoutMs = 10_000;

/** Finds the replicas of a place. Only a default that does not answer is passed over. */
export async function findReplicas(
  place: Place,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Found> {
  const targets = targetsOf(place, env);
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1;
    if (target.kind === 'cluster') return podsOf(target, signal);
    const replica = adminReplica(target);
    if (isLast || (await runs(replica, signal))) return { kind: 'found', replicas: [replica] };
  }
  return { kind: 'error', line: 'there is no Sluice to ask; see --admin and --kubeconfig' };
}

async function runs(replica: Replica, signal: AbortSignal): Promise<boolean> {
  try {
    await replica.get('/healthz', signal);
    return true;
  } catch {
    return false;
  }
}

function adminReplica({ url }: Extract<Target, { kind: 'admin' }>): Replica {
  return {
    name: url.origin,
    async get(path, signal) {
      let answer: Response;
      let body: string;
      try {
        answer = await fetch(new URL(path, url), { signal: within(signal) });
        body = await answer.text();
      } catch (error) {
        const reason = reasonOf(error);
        throw new Error(`${url.origin} does not answer (${reason}): is Sluice running there? See --admin`, {
          cause: error,
        });
      }
      return checked(url.origin, answer.status, body);
    },
  };
}

async function podsOf(target: Extract<Target, { kind: 'cluster' }>, signal: AbortSignal): Promise<Found> {
  const { kubeconfig, context, namespace } = target;
  // Imported on demand: half of the time of a command that asks this machine.
  const [{ ApiServer: Api }, { openCluster }, { openPodTunnel }, { sluicePods }] = await Promise.all([
    import('../kube/api-server.ts'),
    import('../kube/cluster-access.ts'),
    import('../kube/pod-tunnel.ts'),
    import('../kube/sluice-pods.ts'),
  ]);
  let api: ApiServer | undefined;
  try {
    const access = await openCluster({ kubeconfig, context });
    api = new Api(access);
    const pods = await sluicePods(api, namespace, within(signal));
    if (pods.length === 0)
      return { kind: 'error', line: `namespace ${namespace} has no pod of Sluice; see --namespace` };
    const replicas = pods.map((pod) => ({
      name: pod.name,
      async get(path: string, aborted: AbortSignal) {
        if (!pod.runs) throw new Error(`pod ${pod.name} is not running`);
        try {
          const deadline = within(aborted);
          const { status, body } = await getThrough(
            await openPodTunnel(access, pod, deadline),
            path,
            deadline,
          );
          return checked(`pod ${pod.name}`, status, body);
        } catch (error) {
          throw new Error(`pod ${pod.name}: ${failureText(error)}`, { cause: error });
        }
      },
    }));
    return { kind: 'found', replicas };
  } catch (error) {
    return { kind: 'error', line: `the cluster of ${kubeconfig} cannot be asked: ${failureText(error)}` };
  } finally {
    await api?.close();
  }
}

function getThrough(
  tunnel: Duplex,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      // Pages under /debug/ answer for a loopback name alone. With an agent, createConnection is not called.
      { host: 'localhost', path, signal, createConnection: () => tunnel },
      (response) => {
        text(response)
          .then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
          .finally(() => tunnel.destroy());
      },
    );
    sent.on('error', (error) => {
      tunnel.destroy();
      reject(error);
    });
    sent.end();
  });
}

function checked(name: string, status: number, body: string): string {
  if (status !== 200) throw new Error(`${name} answers, but not as Sluice does (HTTP ${status})`);
  return body;
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

/** The cause has the system's error code; the error only says that fetching failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.message : 'unknown';
}
