import type { ClusterSettings } from '../../../kinds/envoy-gateway/cluster-settings.ts';
import type { ServerRef } from '../../../kinds/envoy-gateway/server-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { ReadKey } from '../../../lib/key.ts';
import type { BackendProtocol, SettingsPlace } from '../../../units/cluster-name.ts';
import { fallbackName } from '../../../units/fallback-name.ts';
import { backendReferenceKeys } from '../../../kinds/backend-kind.ts';
import { authorityOf, resolveBackend } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { sharingProblems, type FallbackBackend } from '../../routes/fallbacks.ts';
import { serverCluster } from '../traffic/server-settings.ts';

const id = 'gateway.envoyproxy.io/SecurityPolicy';

export interface Server {
  readonly cluster: string;
  readonly authority: string;
}

export function serverKeys(home: string, refs: readonly ServerRef[]): ReadKey[] {
  return refs.flatMap((ref) => backendReferenceKeys({ id, namespace: home }, ref));
}

/** Settings of connections to a server, and their place in the policy. */
export interface OwnSettings {
  readonly settings: ClusterSettings | undefined;
  readonly place: SettingsPlace;
}

/**
 * Resolves the servers of a policy of the namespace `home`. Without a protocol their Services say how they are called. Of
 * several the one with the greatest weight is called, and the next one while it has no healthy endpoint; fallbacks are last.
 */
export function resolveServer(
  reader: Reader,
  home: string,
  refs: readonly ServerRef[],
  protocol: BackendProtocol | undefined,
  path: string,
  own?: OwnSettings,
): Server | Problem {
  if (refs.length === 0) return { path, message: 'is required' };
  const from = { id, namespace: home, routingType: 'Endpoint', protocol } as const;
  const found: (FallbackBackend & { readonly authority: string })[] = [];
  for (const [i, ref] of refs.entries()) {
    const backend = resolveBackend(reader, from, ref, `${path}[${i}]`);
    if (backend.kind === 'invalid') return withoutReason(backend.problem);
    found.push({
      cluster: backend.name,
      weight: ref.weight,
      isFallback: ref.fallback || backend.isFallback === true,
      needsHost: backend.needsHost,
      authority: authorityOf(ref, home),
    });
  }
  const [problem] = sharingProblems(found, path);
  if (problem !== undefined) return withoutReason(problem);
  const used = found.filter(({ weight }) => weight > 0).sort(byTurn);
  const [first] = used;
  if (first === undefined) return { path: `${path}[0].weight`, message: 'must be more than 0' };
  const members = [...new Set(used.flatMap(({ cluster = [] }) => cluster))];
  const cluster = members.length === 1 ? first.cluster : undefined;
  return withSettings(
    { cluster: cluster ?? fallbackName({ namespace: home, members }), authority: first.authority },
    own,
  );
}

export function withSettings(server: Server, own: OwnSettings | undefined): Server {
  if (own === undefined) return server;
  return { ...server, cluster: serverCluster(server.cluster, own.settings, own.place) };
}

function byTurn(a: FallbackBackend, b: FallbackBackend): number {
  return Number(a.isFallback === true) - Number(b.isFallback === true) || b.weight - a.weight;
}

function withoutReason({ path, message }: Problem): Problem {
  return { path, message };
}
