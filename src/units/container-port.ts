/**
 * Returns the ports that Envoy binds, so that it needs no privileges: a port below 1024 plus 10,000, or as many times
 * 10,000 as it takes to avoid all others. `groups`: ports of all listeners, served or not, so that a listener that becomes
 * served moves no other. Earlier groups do not depend on later ones: a ListenerSet moves no port of its Gateway.
 */
export function containerPorts(groups: Iterable<Iterable<number>>): ReadonlyMap<number, number> {
  const taken = new Set([...reservedPorts, ...Object.values(proxyPorts)]);
  const found = new Map<number, number>();
  for (const ports of groups) {
    const sorted = [...new Set(ports)].filter((port) => !found.has(port)).sort((a, b) => a - b);
    for (const port of sorted) {
      if (port < firstUnprivileged || taken.has(port)) continue;
      taken.add(port);
      found.set(port, port);
    }
    for (const port of sorted) {
      if (found.has(port)) continue;
      const free = nextFree(port, taken);
      taken.add(free);
      found.set(port, free);
    }
  }
  return found;
}

/** Ports of a proxy's pod beside those of the Gateway; `admin` on loopback only. */
export const proxyPorts = { admin: 19_000, drain: 19_002, readiness: 19_003 } as const;

/** Ports below need the capability NET_BIND_SERVICE. */
const firstUnprivileged = 1024;
const step = 10_000;
const maxPort = 65_535;

/** Port of the xDS server, and one that stays free beside Envoy's own. */
const reservedPorts: readonly number[] = [18_000, 19_001];

/** Steps end near 65,535; from there the next free port is taken. Without a free one, Envoy binds the port itself. */
function nextFree(port: number, taken: ReadonlySet<number>): number {
  if (taken.size > maxPort - firstUnprivileged) return port;
  let candidate = port;
  do {
    candidate += candidate + step <= maxPort ? step : 1;
    if (candidate > maxPort) candidate = firstUnprivileged;
  } while (taken.has(candidate));
  return candidate;
}
