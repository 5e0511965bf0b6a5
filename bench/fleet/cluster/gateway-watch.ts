import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { accessOf } from '../../../test/rig/kube/kube-client.ts';
import * as objects from './objects.ts';

/** Follows the Gateway's status as a user would, and counts its writes. */
export class GatewayWatch {
  /** Changes of the object since the watch began; with none but of its status, these are status writes. */
  writes = 0;
  attachedRoutes = 0;
  /** Time of the last change of the count, in milliseconds of `performance.now()`. */
  attachedAt = 0;
  readonly #agent: Agent;
  readonly #ended: Promise<void>;

  private constructor(agent: Agent, lines: AsyncIterable<string>) {
    this.#agent = agent;
    this.#ended = this.#read(lines).catch(() => {});
  }

  static async start(kubeconfig: string): Promise<GatewayWatch> {
    const { server, ca, token } = accessOf(kubeconfig);
    const agent = new Agent({ connect: { ca }, bodyTimeout: 0 });
    const { namespace, name } = objects.gatewayName;
    const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways`;
    const selector = `fieldSelector=metadata.name%3D${name}`;
    const headers = { authorization: `Bearer ${token}` };
    const list = await request(`${server}${path}?${selector}`, { dispatcher: agent, headers });
    const { metadata } = (await list.body.json()) as { metadata: { resourceVersion: string } };
    const from = `resourceVersion=${metadata.resourceVersion}`;
    const { body } = await request(`${server}${path}?watch=true&${selector}&${from}`, {
      dispatcher: agent,
      headers,
    });
    return new GatewayWatch(agent, createInterface({ input: body }));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.#ended;
  }

  async #read(lines: AsyncIterable<string>): Promise<void> {
    for await (const line of lines) {
      const { object } = JSON.parse(line) as GatewayEvent;
      this.writes++;
      const attached = object.status?.listeners?.[0]?.attachedRoutes ?? 0;
      if (attached !== this.attachedRoutes) this.attachedAt = performance.now();
      this.attachedRoutes = attached;
    }
  }
}

interface GatewayEvent {
  readonly object: {
    readonly status?: { readonly listeners?: readonly { readonly attachedRoutes?: number }[] };
  };
}
