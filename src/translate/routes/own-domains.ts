import type { RouteFragmentIR } from '../ir.ts';
import { routeConfigurationName, type WholeGateway } from '../attach/ownership.ts';

/** Keeps a listener's domain without routes: a wildcard of another listener would take its requests. */
export function ownDomains(gateway: WholeGateway): RouteFragmentIR[] {
  return gateway.served.map((state) => ({
    routeConfiguration: routeConfigurationName(gateway, state),
    domain: state.hostname,
    entries: [],
  }));
}
