/**
 * Ports that Envoy binds for those of a Gateway, so that it needs no privileges: a port below 1024 is 10,000 higher, or as many
 * times 10,000 as it takes to meet no other. All others stay as they are, unless the pod itself uses them.
 *
 * `ports` are those of all the Gateway's listeners, served or not, so that one that is not served today moves no other
 * tomorrow. Each gets one of its own, whatever their order.
 */
export function containerPorts(ports: Iterable<number>): ReadonlyMap<number, number> {
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  const taken = new Set([...reservedPorts, ...Object.values(proxyPorts)]);
  const found = new Map<number, number>();
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
  return found;
}

/** Ports that Envoy listens on in a proxy's pod beside those of the Gateway; `admin` on loopback alone. */
export const proxyPorts = { admin: 19_000, drain: 19_002, readiness: 19_003 } as const;

/** Ports below need the capability NET_BIND_SERVICE. */
const firstUnprivileged = 1024;
const step = 10_000;
const maxPort = 65_535;

/** The xDS server's, and one that is to stay free beside Envoy's own. */
const reservedPorts: readonly number[] = [18_000, 19_001];

/** Where the steps end, the next by one: a Gateway's 64 listeners never fill what is left above. */
function nextFree(port: number, taken: ReadonlySet<number>): number {
  let candidate = port;
  do candidate += candidate + step <= maxPort ? step : 1;
  while (taken.has(candidate));
  return candidate;
}
