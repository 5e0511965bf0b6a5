import type { ApiServer } from './api-server.ts';

export interface SluicePod {
  readonly name: string;
  readonly namespace: string;
  /** Port of the admin server. */
  readonly port: number;
  /** False for a pod that starts, or ends. */
  readonly runs: boolean;
}

/** Labels of the chart for the pods of `sluice serve`; their name label is the user's choice. */
const selector = 'app.kubernetes.io/part-of=sluice,app.kubernetes.io/component=serve';

/** Lists the pods of `sluice serve` in a namespace, by name. Throws a `Fault`. */
export async function sluicePods(
  api: ApiServer,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly SluicePod[]> {
  const list = await api.send(
    {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: new URLSearchParams({ labelSelector: selector }),
    },
    signal,
  );
  const { items = [] } = list as { readonly items?: readonly Pod[] };
  return items
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      namespace,
      port: adminPort(spec) ?? 19_000,
      runs: status?.phase === 'Running' && metadata.deletionTimestamp === undefined,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec?: {
    readonly containers?: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly phase?: string };
}

function adminPort(spec: Pod['spec']): number | undefined {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === 'admin')?.containerPort;
}
