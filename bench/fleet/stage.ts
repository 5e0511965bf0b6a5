import type { KubeClient } from '../../test/rig/kube/kube-client.ts';
import type { Peer, Site } from '../peers/peer.ts';
import { sluiceWith, type Settings } from '../peers/sluice.ts';
import type { Contents } from './cluster/contents.ts';
import * as objects from './cluster/objects.ts';
import { RouteStatuses } from './cluster/route-statuses.ts';
import { ControlPlane } from './control-plane.ts';
import type { Options } from './options.ts';

interface StageParts {
  readonly options: Options;
  readonly kube: KubeClient;
  readonly contents: Contents;
  readonly site: Site;
  readonly peer: Peer;
  readonly routes: number;
  readonly progress: (line: string) => void;
}

/** A block of one scenario: a cluster with its objects, one control plane, and a place for figures. */
export class Stage {
  readonly figures: Record<string, number> = {};
  readonly series: Record<string, readonly number[]> = {};
  readonly notes: string[] = [];
  readonly #parts: StageParts;
  readonly #shared: ControlPlane | undefined;

  constructor(parts: StageParts, shared: ControlPlane | undefined) {
    this.#parts = parts;
    this.#shared = shared;
  }

  get options(): Options {
    return this.#parts.options;
  }

  get kube(): KubeClient {
    return this.#parts.kube;
  }

  get kubeconfig(): string {
    return this.#parts.site.kubeconfig;
  }

  get contents(): Contents {
    return this.#parts.contents;
  }

  get routes(): number {
    return this.#parts.routes;
  }

  get peer(): Peer {
    return this.#parts.peer;
  }

  /** The one that scenarios with a `shared` process have. */
  get controlPlane(): ControlPlane {
    if (this.#shared === undefined) throw new Error('the scenario starts the control plane itself');
    return this.#shared;
  }

  progress(line: string): void {
    this.#parts.progress(line);
  }

  report(figure: string, value: number): void {
    this.figures[figure] = value;
  }

  /** Adds a line to the figures, such as the kinds of failures. */
  note(line: string): void {
    this.notes.push(line);
    this.progress(line);
  }

  /** Values for a plot. */
  reportSeries(name: string, values: readonly number[]): void {
    this.series[name] = values;
  }

  /** Gives the Gateway to the control plane, and starts it; it may have nothing read yet. Peers ignore `settings`. */
  async start(settings?: Settings): Promise<ControlPlane> {
    const isOwn = settings !== undefined && this.peer.name === 'sluice';
    const peer = isOwn ? sluiceWith(settings) : this.peer;
    return await startPeer({ ...this.#parts, peer });
  }
}

export async function startPeer({
  kube,
  peer,
  site,
}: Pick<StageParts, 'kube' | 'peer' | 'site'>): Promise<ControlPlane> {
  // A single Gateway, which the control plane of the block gets: all of them see the same objects.
  await kube.apply(objects.gateway(peer.gatewayClass));
  const running = await peer.start(site, [objects.gatewayName]);
  await running.ready();
  return new ControlPlane(running, new RouteStatuses(kube, peer.controllerName));
}
