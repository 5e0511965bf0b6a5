import { setTimeout as sleep } from 'node:timers/promises';
import { converge } from '../../../test/rig/envoy/converge.ts';
import { gatewayCrds } from '../../../test/rig/kube/gateway-crds.ts';
import type { KubeClient, Manifest } from '../../../test/rig/kube/kube-client.ts';
import { inParallel } from '../../../test/rig/load/in-parallel.ts';
import { allServed } from '../../peers/crds.ts';
import * as objects from './objects.ts';

export interface Layout {
  readonly routes: number;
  readonly hosts: objects.Hosts;
  /** Endpoints of each Service. */
  readonly endpoints: number;
}

/** Objects in the cluster, kept from one size to the next; nothing else writes them. */
export class Contents {
  readonly #kube: KubeClient;
  readonly #progress: (line: string) => void;
  #layout: Layout = { routes: 0, hosts: 'each', endpoints: 0 };
  /** Revisions never come again, so a marker is never of an earlier change. */
  #revision = 0;

  constructor(kube: KubeClient, progress: (line: string) => void) {
    this.#kube = kube;
    this.#progress = progress;
  }

  get layout(): Layout {
    return this.#layout;
  }

  nextRevision(): number {
    return ++this.#revision;
  }

  /** Installs the CRDs of Gateway API, and makes the namespace. */
  async open(): Promise<void> {
    await this.#kube.apply(...(await gatewayCrds({ channel: 'standard' })));
    await allServed(this.#kube);
    await this.#kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: objects.namespace } });
    await converge(async () => (await this.#kube.list(objects.gateway(''), objects.namespace)).length === 0);
  }

  /** Adds missing objects; deletes all of them first for a smaller or different layout. */
  async become(layout: Layout): Promise<void> {
    const now = this.#layout;
    const grows =
      layout.hosts === now.hosts && layout.endpoints === now.endpoints && layout.routes >= now.routes;
    if (!grows && now.routes > 0) await this.clear();
    const from = this.#layout.routes;
    this.#layout = layout;
    await this.#create(from, layout);
  }

  /** Other code has created routes up to this number, with all that belongs to them. */
  became(layout: Layout): void {
    this.#layout = layout;
  }

  async clear(): Promise<void> {
    this.#progress('deleting all objects');
    const { namespace } = objects;
    for (const path of [
      `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      `/api/v1/namespaces/${namespace}/services`,
    ])
      await this.#deleteAll(path);
    this.#layout = { routes: 0, hosts: 'each', endpoints: 0 };
  }

  manifestsOf(i: number, { hosts, endpoints }: Layout = this.#layout): Manifest[] {
    return [objects.service(i), objects.slice(i, endpoints, 0), objects.route(i, 0, { hosts })];
  }

  async #create(from: number, layout: Layout): Promise<void> {
    let made = from;
    await inParallel(layout.routes - from, async (n) => {
      for (const manifest of this.manifestsOf(from + n, layout)) await this.#kube.create(manifest);
      if (++made % 100 === 0) this.#progress(`${made} of ${layout.routes} routes in the API server`);
    });
  }

  async #deleteAll(path: string): Promise<void> {
    for (;;) {
      const { status, body } = await this.#kube.send('DELETE', path);
      if (status >= 300) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
      const left = await this.#kube.send('GET', `${path}?limit=1`);
      if ((left.body as { items: unknown[] }).items.length === 0) return;
      await sleep(100);
    }
  }
}
