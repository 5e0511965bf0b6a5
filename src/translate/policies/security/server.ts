import type { ServerRef } from '../../../kinds/envoy-gateway/server-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { ReadKey } from '../../../lib/key.ts';
import type { BackendProtocol } from '../../../units/cluster-name.ts';
import { backendReferenceKeys } from '../../../kinds/backend-kind.ts';
import { resolveBackend } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';

const id = 'gateway.envoyproxy.io/SecurityPolicy';

export interface Server {
  readonly cluster: string;
  readonly authority: string;
}

export function serverKeys(home: string, refs: readonly ServerRef[]): ReadKey[] {
  return refs.flatMap((ref) => backendReferenceKeys({ id, namespace: home }, ref));
}

/** Resolves the one server of a policy of the namespace `home`. Without a protocol its Service says how it is called. */
export function resolveServer(
  reader: Reader,
  home: string,
  refs: readonly ServerRef[],
  protocol: BackendProtocol | undefined,
  path: string,
): Server | Problem {
  const [ref, ...others] = refs;
  if (ref === undefined) return { path, message: 'is required' };
  if (others.length > 0) return { path: `${path}[1]`, message: 'is not supported yet: one server is' };
  if (ref.fallback) return { path: `${path}[0].fallback`, message: 'is not supported yet' };
  if (ref.weight === 0) return { path: `${path}[0].weight`, message: 'must be more than 0' };
  const from = { id, namespace: home, routingType: 'Endpoint', protocol } as const;
  const backend = resolveBackend(reader, from, ref, `${path}[0]`);
  if (backend.kind === 'invalid') return { path: backend.problem.path, message: backend.problem.message };
  return { cluster: backend.name, authority: `${ref.name}.${ref.namespace ?? home}:${ref.port}` };
}
