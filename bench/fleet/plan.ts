import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import type { Peer, Site } from '../peers/peer.ts';
import { Contents } from './cluster/contents.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Options } from './options.ts';
import type { Results } from './report/results.ts';
import type { Scenario } from './scenario.ts';
import { Stage, startPeer } from './stage.ts';

/** Runs scenarios on one API server: for each layout and size, blocks in which the control planes take turns. */
export class Plan {
  readonly #kube: KubeClient;
  readonly #site: Site;
  readonly #contents: Contents;
  readonly #results: Results;
  readonly #progress: (line: string) => void;
  /** A line for each scenario that did not come to its end. */
  readonly failures: string[] = [];
  #place = '';

  constructor(folder: string, results: Results, progress: (line: string) => void) {
    this.#results = results;
    this.#progress = progress;
    const kubeconfig = join(folder, 'kubeconfig');
    this.#kube = new KubeClient(kubeconfig);
    this.#site = { kubeconfig, folder: join(folder, 'peers') };
    mkdirSync(this.#site.folder, { recursive: true });
    this.#contents = new Contents(this.#kube, (line) => this.#say(line));
  }

  async open(): Promise<void> {
    await this.#contents.open();
  }

  async run(options: Options, scenarios: readonly Scenario[], peers: readonly Peer[]): Promise<void> {
    for (const layout of ['each', 'one', 'none'] as const) {
      const of = scenarios.filter((scenario) => scenario.objects === layout);
      if (of.length === 0) continue;
      for (const routes of options.routes) await this.#size(of, peers, { options, routes });
    }
  }

  async close(): Promise<void> {
    await this.#kube.close();
  }

  async #size(
    scenarios: readonly Scenario[],
    peers: readonly Peer[],
    size: Pick<At, 'options' | 'routes'>,
  ): Promise<void> {
    const shared = scenarios.filter(({ process }) => process === 'shared');
    const own = scenarios.filter(({ process }) => process === 'own');
    for (let block = 0; block < size.options.blocks; block++) {
      // There and back, so that a machine that gets slower affects all.
      for (const peer of block % 2 === 0 ? peers : peers.toReversed()) {
        const at = { ...size, peer, block };
        const of = (list: readonly Scenario[]): Scenario[] =>
          list.filter(({ isOwn }) => isOwn !== true || peer.name === 'sluice');
        if (of(shared).length > 0) await this.#shared(of(shared), at);
        for (const scenario of of(own)) await this.#one(scenario, at, undefined);
      }
    }
  }

  async #shared(scenarios: readonly Scenario[], at: At): Promise<void> {
    this.#place = `${at.routes} routes, block ${at.block + 1}, ${at.peer.name}`;
    await this.#become(scenarios[0], at);
    this.#say('starting');
    const controlPlane = await startPeer({ kube: this.#kube, peer: at.peer, site: this.#site });
    try {
      await controlPlane.settled();
      for (const scenario of scenarios) await this.#one(scenario, at, controlPlane);
    } finally {
      await controlPlane.stop();
    }
  }

  async #one(scenario: Scenario, at: At, shared: ControlPlane | undefined): Promise<void> {
    const { options, peer, routes, block } = at;
    this.#place = `${scenario.name}, ${routes} routes, block ${block + 1}, ${peer.name}`;
    await this.#become(scenario, at);
    const stage = new Stage(
      {
        options,
        kube: this.#kube,
        contents: this.#contents,
        site: this.#site,
        peer,
        routes,
        progress: (line) => this.#say(line),
      },
      shared,
    );
    this.#say('begins');
    try {
      await scenario.run(stage);
    } catch (error) {
      // The other scenarios say what they can.
      this.failures.push(`${this.#place}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const { figures, series, notes } = stage;
    this.#results.add({
      scenario: scenario.name,
      controlPlane: peer.name,
      version: peer.version,
      routes,
      block,
      figures,
      series,
      notes,
    });
  }

  async #become(scenario: Scenario | undefined, { options, routes }: At): Promise<void> {
    if (scenario === undefined) return;
    const { objects } = scenario;
    await this.#contents.become({
      routes: objects === 'none' ? 0 : routes,
      hosts: objects === 'none' ? 'each' : objects,
      endpoints: options.endpoints,
    });
  }

  #say(line: string): void {
    this.#progress(`${this.#place}: ${line}`);
  }
}

interface At {
  readonly options: Options;
  readonly peer: Peer;
  readonly routes: number;
  readonly block: number;
}
