export interface GatewayPorts {
  readonly gateway: string;
  readonly ports: readonly number[];
}

export interface PortOwners {
  /** Gateways that may have an Envoy, in order. */
  readonly run: readonly string[];
  /** A line for each of the others. */
  readonly conflicts: readonly string[];
}

/**
 * A port belongs to the running Gateway that has it, else to the first by name. Two Envoys on one port would not fail:
 * the system would spread connections over both.
 */
export function portOwners(gateways: readonly GatewayPorts[], running: ReadonlySet<string>): PortOwners {
  const owner = new Map<number, string>();
  const run: string[] = [];
  const conflicts: string[] = [];
  const byRight = gateways.toSorted(
    (a, b) =>
      Number(running.has(b.gateway)) - Number(running.has(a.gateway)) || (a.gateway < b.gateway ? -1 : 1),
  );
  for (const { gateway, ports } of byRight) {
    const taken = ports.find((port) => owner.has(port));
    if (taken === undefined) {
      for (const port of ports) owner.set(port, gateway);
      run.push(gateway);
    } else {
      conflicts.push(
        `Gateways ${owner.get(taken)} and ${gateway} both want port ${taken}: ${gateway} gets no Envoy until one of them changes its port`,
      );
    }
  }
  return { run, conflicts };
}
