import { setTimeout as pause } from 'node:timers/promises';
import { resourceKey, splitResourceKey, type ResourceKey } from '../lib/key.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { GatewayRow } from '../kinds/gateway-api/gateway.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import type { Kind } from '../kinds/kinds.ts';
import type { RowChange } from '../kinds/row.ts';
import { envoyProcess } from './envoy-process.ts';
import { isPortFree } from '../lib/free-port.ts';
import { openLines, portsOf, type RouteAddress } from './open-lines.ts';
import { portOwners, type GatewayPorts } from './port-owners.ts';
import { statusOf } from './probe.ts';
import type { ProcessHost, SupervisedProcess } from './supervised-process.ts';

export interface LocalFleetOptions {
  readonly binary: string;
  readonly host: ProcessHost;
}

export interface GatewaySource {
  readonly xdsPort: number;
  /** Sluice's Gateways, as `namespace/name`. */
  gateways(): readonly string[];
}

const reconcileEveryMs = 500;
const answerTimeoutMs = 10_000;
const askEveryMs = 100;

/** Runs one Envoy on this machine for each Gateway, and tells the user its address. */
export class LocalFleet {
  readonly #options: LocalFleetOptions;
  readonly #gateways = new Map<ResourceKey, GatewayRow>();
  readonly #routes = new Map<ResourceKey, RouteAddress>();
  readonly #envoys = new Map<string, SupervisedProcess>();
  readonly #said = new Map<string, string>();
  #following: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: LocalFleetOptions) {
    this.#options = options;
  }

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const key = change.kind === 'put' ? change.row.key : change.key;
      const { kind } = splitResourceKey(key);
      if (kind === 'Gateway') {
        if (change.kind === 'put') this.#gateways.set(key, decodeRow('Gateway', change.row.bytes));
        else this.#gateways.delete(key);
      } else if (kindOf(kind)?.role === 'route') {
        if (change.kind === 'put')
          this.#routes.set(key, decodeRow(kind as Kind, change.row.bytes) as RouteAddress);
        else this.#routes.delete(key);
      }
    }
  }

  /** Starts the Envoys, prints their addresses, and follows the Gateways. Resolves to a line when a port is in use. */
  async start(source: GatewaySource, xdsAddress: string, signal: AbortSignal): Promise<string | undefined> {
    const blocked = await this.#reconcile(source, xdsAddress);
    const [first] = blocked;
    if (first !== undefined) return first;
    if (this.#envoys.size === 0)
      this.#options.host.say('There is no Gateway for Sluice yet; add one, and Sluice starts its Envoy');
    for (const gateway of this.#envoys.keys()) await this.#announce(gateway, signal);
    this.#following = this.#follow(source, xdsAddress);
    return undefined;
  }

  names(): readonly string[] {
    return [...this.#envoys.values()].map((envoy) => envoy.name);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
    await Promise.all([...this.#envoys.values()].map((envoy) => envoy.stop()));
  }

  kill(): void {
    for (const envoy of this.#envoys.values()) envoy.kill();
  }

  async #follow(source: GatewaySource, xdsAddress: string): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await pause(reconcileEveryMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.#options.host.faults.guard('process', () => this.#followOnce(source, xdsAddress));
    }
  }

  async #followOnce(source: GatewaySource, xdsAddress: string): Promise<void> {
    const before = new Set(this.#envoys.keys());
    for (const line of await this.#reconcile(source, xdsAddress)) this.#sayOnce(line, line);
    for (const gateway of this.#envoys.keys())
      if (!before.has(gateway)) await this.#announce(gateway, this.#closing.signal);
  }

  /** Returns a line for each Gateway whose port belongs to another program. */
  async #reconcile(source: GatewaySource, xdsAddress: string): Promise<readonly string[]> {
    const wanted = source.gateways().map((gateway): GatewayPorts => {
      const row = this.#gateways.get(keyOf(gateway));
      return { gateway, ports: row === undefined ? [] : portsOf(row) };
    });
    const { run, conflicts } = portOwners(wanted, new Set(this.#envoys.keys()));
    for (const line of conflicts) this.#sayOnce(line, line);
    for (const [gateway, envoy] of this.#envoys) {
      if (run.includes(gateway)) continue;
      this.#envoys.delete(gateway);
      await envoy.stop();
      this.#options.host.say(`${envoy.title} has ended`);
    }
    const blocked: string[] = [];
    for (const { gateway, ports } of wanted) {
      if (!run.includes(gateway) || this.#envoys.has(gateway)) continue;
      const { binary, host } = this.#options;
      const envoy = envoyProcess({ binary, gateway, xdsAddress, xdsPort: source.xdsPort, host });
      const taken = envoy.adoptable ? undefined : await firstTaken(ports);
      if (taken !== undefined) {
        blocked.push(
          `port ${taken}, which Gateway ${gateway} listens on, is in use: stop the program that has it, or change the listener's port`,
        );
        continue;
      }
      const how = await envoy.start();
      if (how === 'failed') continue;
      this.#envoys.set(gateway, envoy);
      this.#options.host.say(`${envoy.title}: process ${envoy.pid} ${how}`);
    }
    return blocked;
  }

  /** Waits until the Gateway answers, so that its "open" line is true. */
  async #announce(gateway: string, signal: AbortSignal): Promise<void> {
    const key = keyOf(gateway);
    const row = this.#gateways.get(key);
    if (row === undefined) return;
    const [port] = portsOf(row);
    const deadline = performance.now() + answerTimeoutMs;
    if (port === undefined) return;
    let status: number | undefined;
    while (!signal.aborted && performance.now() < deadline) {
      status = await statusOf(port);
      if (status !== undefined && status !== 503) break;
      await pause(askEveryMs);
    }
    if (signal.aborted) return;
    if (status === undefined)
      this.#options.host.say(`Gateway ${gateway} does not answer on port ${port} yet`);
    for (const line of openLines(key, row, this.#routes)) this.#options.host.say(line);
  }

  #sayOnce(topic: string, line: string): void {
    if (this.#said.get(topic) === line) return;
    this.#said.set(topic, line);
    this.#options.host.say(line);
  }
}

function keyOf(gateway: string): ResourceKey {
  const [namespace = '', name = ''] = gateway.split('/');
  return resourceKey('Gateway', namespace, name);
}

async function firstTaken(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) if (!(await isPortFree(port, '0.0.0.0'))) return port;
  return undefined;
}
