import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest } from '../../rig/kube/kube-client.ts';
import { endpointSlice, service } from '../manifests.ts';
import type { TestNamespace } from '../test-namespace.ts';
import { app } from './rollout-namespace.ts';

export type SimulatedPodsCommand =
  | { readonly kind: 'listen'; readonly ports: readonly number[] }
  /** As `address:port`. */
  | { readonly kind: 'end'; readonly endpoints: readonly string[] };

/** Endpoints without pods: one process listens for all. An ended one resets connections, as a removed pod's does. */
export class SimulatedPods {
  readonly #ns: TestNamespace;
  readonly #process: ChildProcess;
  readonly #ports: number;
  readonly #lingerMs: number;
  #moved = 0;

  private constructor(ns: TestNamespace, child: ChildProcess, ports: number, lingerMs: number) {
    this.#ns = ns;
    this.#process = child;
    this.#ports = ports;
    this.#lingerMs = lingerMs;
  }

  /** A hundred endpoints for each port. */
  static async raise(ns: TestNamespace, endpoints: number, lingerSeconds: number): Promise<SimulatedPods> {
    const ports = Math.ceil(endpoints / addresses.length);
    const child = fork(join(import.meta.dirname, 'simulated-pods-process.ts'), { execArgv: [] });
    const pods = new SimulatedPods(ns, child, ports, lingerSeconds * 1000);
    const both = Array.from({ length: ports }, (_, i) => [firstPort + i, firstPort + newer + i]).flat();
    pods.#tell({ kind: 'listen', ports: both });
    await once(child, 'message');
    await ns.apply(service(app.name, { selector: null }));
    for (let i = 0; i < ports; i++) await ns.apply(sliceOf(firstPort + i, addresses));
    return pods;
  }

  get count(): number {
    return this.#ports * addresses.length;
  }

  get moved(): number {
    return this.#moved;
  }

  /** One by one: a new endpoint is ready, then an old one leaves its slice, and ends after a while, as with a `preStop` that sleeps. */
  async replaceAll(overMs: number): Promise<void> {
    const endings: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let i = 0; i < this.#ports; i++) {
      const port = firstPort + i;
      for (let n = 1; n <= addresses.length; n++) {
        await pause(Math.max(0, startedAt + (overMs * this.#moved) / this.count - performance.now()));
        await this.#ns.apply(sliceOf(port + newer, addresses.slice(0, n)));
        await this.#ns.apply(sliceOf(port, addresses.slice(n)));
        endings.push(this.#endLater(`${addresses[n - 1]}:${port}`));
        this.#moved++;
      }
    }
    await Promise.all(endings);
  }

  close(): void {
    this.#process.disconnect();
  }

  async #endLater(endpoint: string): Promise<void> {
    await pause(this.#lingerMs);
    this.#tell({ kind: 'end', endpoints: [endpoint] });
  }

  #tell(command: SimulatedPodsCommand): void {
    this.#process.send(command);
  }
}

const firstPort = 3000;
/** Offset from an old endpoint's port to its replacement's. */
const newer = 1000;
const addresses = Array.from({ length: 100 }, (_, i) => `172.30.255.${100 + i}`);

function sliceOf(port: number, listed: readonly string[]): Manifest {
  return endpointSlice(app.name, listed, { name: `${app.name}-${port}`, port });
}
