import type { ReadKey } from '../../lib/key.ts';
import type { ExtProc } from '../../kinds/envoy-gateway/ext-proc.ts';
import type { Reader } from '../reader.ts';
import type { SettingsPlace } from '../../units/cluster-name.ts';
import type { PluginName } from '../../units/unit-def.ts';
import { backendReferenceKeys } from '../../kinds/backend-kind.ts';
import { authorityOf, resolveBackend } from '../backends/backend-ref.ts';
import { serverCluster } from '../policies/traffic/server-settings.ts';

export type ResolvedProcessor =
  | { readonly kind: 'processor'; readonly cluster: string; readonly authority: string }
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string };

export function processorKeys(namespace: string, { backendRefs }: ExtProc): ReadKey[] {
  return backendRefs.flatMap((ref) =>
    backendReferenceKeys({ id: 'gateway.envoyproxy.io/EnvoyExtensionPolicy', namespace }, ref),
  );
}

export function resolveProcessor(
  reader: Reader,
  { namespace, policy, index }: Pick<PluginName, 'namespace' | 'policy' | 'index'>,
  { backendRefs, backendSettings, unsupported }: ExtProc,
): ResolvedProcessor {
  const [field] = unsupported;
  if (field !== undefined) return invalid(`.${field}`, 'is not supported yet');
  const [ref, ...others] = backendRefs;
  if (ref === undefined) return invalid('.backendRefs', 'is required');
  if (others.length > 0) return invalid('.backendRefs[1]', 'is not supported yet: one server is');
  if (ref.fallback) return invalid('.backendRefs[0].fallback', 'is not supported yet');
  // gRPC is HTTP/2, whatever the Service says.
  const from = {
    id: 'gateway.envoyproxy.io/EnvoyExtensionPolicy',
    namespace,
    routingType: 'Endpoint',
    protocol: 'http2',
  } as const;
  const backend = resolveBackend(reader, from, ref, '.backendRefs[0]');
  if (backend.kind === 'invalid') return { ...backend.problem, kind: 'invalid' };
  const authority = authorityOf(ref, namespace);
  const place: SettingsPlace = {
    kind: 'EnvoyExtensionPolicy',
    namespace,
    name: policy,
    part: `extProc/${index}`,
  };
  return { kind: 'processor', cluster: serverCluster(backend.name, backendSettings, place), authority };
}

function invalid(path: string, message: string): ResolvedProcessor {
  return { kind: 'invalid', path, message };
}
