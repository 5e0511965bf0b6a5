import type { GatewayListener } from '../../kinds/gateway-api/listener.ts';
import { backendKeys, type BackendPlace } from '../backends/backend-ref.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import type { ExternalAuthIR } from '../security-ir.ts';
import type { Reader } from '../reader.ts';
import type { RouteProblem } from '../routes/problem.ts';
import { translateExternalAuth } from '../routes/http/external-auth.ts';

export interface ListenerFilters {
  /** Servers that all have to let a request pass, in this order, before routes are matched. */
  readonly auths: readonly ExternalAuthIR[];
  /** With one, no request passes: none may get by without a filter. Paths are below the listener. */
  readonly problems: readonly RouteProblem[];
}

/** Returns true for a listener whose filters run before its routes are matched. */
export function isFiltered({ listener }: { readonly listener: Pick<GatewayListener, 'filters'> }): boolean {
  return listener.filters !== undefined;
}

/**
 * Translates the filters that see every request of a listener. Costs O(filters).
 * https://gateway-api.sigs.k8s.io/geps/gep-5224/
 */
export function listenerFilters(
  reader: Reader,
  from: Referrer & BackendPlace,
  { filters }: Pick<GatewayListener, 'filters'>,
): ListenerFilters {
  const requests = filters?.requests ?? [];
  reader.expect(
    backendKeys(
      from,
      requests.map(({ externalAuth }) => externalAuth.backendRef),
    ),
  );
  const found = requests.map(({ externalAuth }, i) =>
    translateExternalAuth(reader, from, externalAuth, `filters.requests[${i}].externalAuth`),
  );
  return {
    auths: found.flatMap((one) => (one.kind === 'auth' ? [one.auth] : [])),
    problems: found.flatMap((one) => (one.kind === 'invalid' ? [one.problem] : [])),
  };
}
