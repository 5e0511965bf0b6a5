import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvoyChild } from '../../test/rig/envoy/envoy-child.ts';
import * as objects from './cluster/objects.ts';
import type { ControlPlane } from './control-plane.ts';
import { mainThreadCpuMs } from './measure/proc.ts';

/** A real Envoy of the Gateway, and one backend behind all endpoints. */
export class Proxy {
  readonly #envoy = new EnvoyChild();
  readonly #backend: Server;
  readonly #ended = new Set<string>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.#backend = createServer(({ socket }, response) => {
      // Connections keep the address that the proxy has chosen.
      if (this.#ended.has(socket.localAddress?.replace('::ffff:', '') ?? '')) socket.destroy();
      else response.end('ok');
    });
  }

  static async start(controlPlane: ControlPlane): Promise<Proxy> {
    const { peer } = controlPlane;
    const proxy = new Proxy(peer.listenPort(objects.listenerPort));
    proxy.#backend.listen(objects.backendPort);
    await once(proxy.#backend, 'listening');
    const bootstrap = await peer.envoyBootstrap(objects.gatewayName);
    await proxy.#envoy.start({ gateway: 'bench/web', xdsPort: 0, concurrency: 1, bootstrap });
    return proxy;
  }

  /** CPU of the main thread, in milliseconds. */
  get cpuMs(): number {
    return mainThreadCpuMs(this.#envoy.pid);
  }

  /** The backend no longer answers on this address. */
  endpointEnds(address: string): void {
    this.#ended.add(address);
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when the route is served. */
  async serves(i: number, hosts: objects.Hosts): Promise<void> {
    await this.#until(i, hosts, ({ status }) => status === 200);
  }

  /** Asks without a pause until the proxy answers by this revision of the route; resolves to that time. */
  async revision(i: number, hosts: objects.Hosts, revision: string): Promise<number> {
    await this.#until(i, hosts, (answer) => answer.revision === revision);
    return performance.now();
  }

  async ask(i: number, hosts: objects.Hosts): Promise<ProxyAnswer> {
    return await answerOf(this.#port, this.#agent, objects.hostOf(i, hosts), objects.pathOf(i, hosts));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#envoy.stop();
    this.#backend.closeAllConnections();
    this.#backend.close();
  }

  async #until(i: number, hosts: objects.Hosts, isWanted: (answer: ProxyAnswer) => boolean): Promise<void> {
    const end = performance.now() + patienceMs;
    let last = '';
    while (performance.now() < end) {
      try {
        const answer = await this.ask(i, hosts);
        if (isWanted(answer)) return;
        last = `${answer.status} ${answer.revision}`;
      } catch (error) {
        last = String(error);
      }
      await sleep(pollMs);
    }
    const log = this.#envoy.log.slice(-5).join('\n');
    throw new Error(`route ${i} is not served within ${patienceMs / 1000} s: ${last}\n${log}`);
  }
}

export interface ProxyAnswer {
  readonly status: number;
  readonly revision: string;
}

function answerOf(port: number, agent: Agent, host: string, path: string): Promise<ProxyAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, host: '127.0.0.1', path, agent, headers: { host } },
      (answer: IncomingMessage) => {
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            revision: String(answer.headers[objects.revisionHeader] ?? ''),
          }),
        );
        answer.resume();
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** A request costs the proxy's worker and this process about 0.2 ms. */
const pollMs = 1;
/** An Envoy of Contour or Envoy Gateway takes half a minute to begin with 3,000 routes on a busy machine. */
const patienceMs = 180_000;
