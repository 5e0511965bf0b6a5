import type { ExternalAuthIR } from '../../security-ir.ts';
import type { ExternalAuth } from '../../../kinds/gateway-api/external-auth.ts';
import { authorityOf, resolveBackend, type BackendReferrer } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import type { RouteProblem } from '../problem.ts';

export type AuthResult =
  | { readonly kind: 'auth'; readonly auth: ExternalAuthIR }
  | { readonly kind: 'invalid'; readonly problem: RouteProblem };

export function translateExternalAuth(
  reader: Reader,
  from: BackendReferrer,
  { protocol, backendRef, grpc, http, forwardBody }: ExternalAuth,
  path: string,
): AuthResult {
  // gRPC is HTTP/2, whatever the Service says; an HTTP server is called as its Service says.
  const referrer = { ...from, protocol: protocol === 'GRPC' ? ('http2' as const) : undefined };
  const backend = resolveBackend(reader, referrer, backendRef, `${path}.backendRef`);
  if (backend.kind === 'invalid') return backend;
  return {
    kind: 'auth',
    auth: {
      protocol: protocol === 'GRPC' ? 'grpc' : 'http',
      cluster: backend.name,
      authority: authorityOf(backendRef, from.namespace),
      allowedHeaders: (grpc ?? http)?.allowedHeaders ?? [],
      allowedResponseHeaders: listed(http?.allowedResponseHeaders),
      pathPrefix: http?.path ?? '',
      maxBodyBytes: forwardBody?.maxSize ?? 0,
    },
  };
}

/** An empty list is none. */
function listed(names: readonly string[] = []): readonly string[] | undefined {
  return names.length === 0 ? undefined : names;
}
