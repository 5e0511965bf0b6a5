import { text } from 'node:stream/consumers';
import type { ApiServer } from './api-server.ts';

const lastLines = 2000;
const maxLogBytes = 2 * 1024 * 1024;

/** Resolves to the last log lines of a pod. Rejects with a `Fault`. */
export async function podLog(
  api: ApiServer,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({
    tailLines: String(lastLines),
    limitBytes: String(maxLogBytes),
  });
  return text(await api.get(`/api/v1/namespaces/${namespace}/pods/${name}/log`, query, signal));
}

/** Resolves to up to 500 events of a namespace. Rejects with a `Fault`. */
export function namespaceEvents(api: ApiServer, namespace: string, signal: AbortSignal): Promise<unknown> {
  return api.send(
    {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events`,
      query: new URLSearchParams({ limit: '500' }),
    },
    signal,
  );
}
