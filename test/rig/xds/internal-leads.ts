import { internalRoutesName, isOfInternalListener } from '../../../src/units/internal-listener-name.ts';
import type { ClientType, HeldResource } from './client-type.ts';
import { resourceRefs } from './resource-refs.ts';
import type { Service } from './xds-types.ts';

type Brought = ReadonlyMap<string, HeldResource>;

/**
 * Returns a problem for each resource of routes that leads to an internal listener before the client has ACKed all of
 * that: Envoy answers 503 before the listener is warm, and 404 before its hosts are there.
 */
export function unmadeLeads(
  service: Service,
  brought: Brought,
  types: ReadonlyMap<Service, ClientType>,
): string[] {
  if (service !== 'RDS' && service !== 'VHDS') return [];
  return [...brought]
    .filter(([name]) => !isOfInternalListener(name))
    .flatMap(([name, { version, bytes }]) =>
      resourceRefs(service, version, bytes)
        .CDS.filter((cluster) => isOfInternalListener(cluster) && !isMade(cluster, brought, types))
        .map((cluster) => `${name} leads to ${cluster}, of which not all has been ACKed`),
    );
}

function isMade(listener: string, broughtBeside: Brought, types: ReadonlyMap<Service, ClientType>): boolean {
  const table = internalRoutesName(listener);
  const isOfTable = (host: string): boolean => host.startsWith(`${table}/`);
  const isAcked = (service: Service, isWanted: (name: string) => boolean): boolean => {
    const type = types.get(service);
    const found = [...(type?.held.keys() ?? [])].filter(isWanted);
    return found.length > 0 && !found.some((name) => type?.unansweredNames.has(name) === true);
  };
  return (
    isAcked('LDS', (name) => name === listener) &&
    isAcked('RDS', (name) => name === table) &&
    isAcked('VHDS', isOfTable) &&
    !broughtBeside.keys().some(isOfTable)
  );
}
