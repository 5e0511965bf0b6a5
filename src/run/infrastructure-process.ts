import type { Config } from '../config/config.ts';
import type { LeaderElection } from '../kube/leader-election.ts';
import type { Clock } from '../lib/clock.ts';
import type { Faults } from '../observe/faults.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { gatewayName, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import { startAdmin } from './admin.ts';
import type { Cluster } from './cluster.ts';
import { countEvents } from './count-events.ts';
import { election } from './election.ts';
import type { HttpServer } from './http-server.ts';
import { startProbes } from './probes.ts';
import { ProblemNotes } from './problem-notes.ts';
import { Proxies, type Certificates } from './proxies.ts';
import { replicaIdentity } from './replica-identity.ts';
import type { Running } from './running.ts';
import { kubeSource, type Source } from './source.ts';
import { infrastructureKinds, WantedProxies } from './wanted-proxies.ts';

export interface InfrastructureProcessPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Keeps its Lease apart from that of `sluice serve`. */
const leaseSuffix = '-infrastructure';

/** Follows only the kinds that say how proxies are run, and runs these while it leads. */
export class InfrastructureProcess {
  readonly #config: Config;
  readonly #metrics: Metrics;
  readonly #certificates: Certificates;
  readonly #source: Source;
  readonly #wanted: WantedProxies;
  readonly #proxies: Proxies;
  readonly #notes: ProblemNotes;
  readonly #election: LeaderElection;
  readonly #servers: HttpServer[] = [];
  #stage: 'reading' | 'translating' | 'ready' = 'reading';
  #isClosed = false;

  /** Sends no request before `start`. */
  constructor(
    config: Config,
    cluster: Cluster,
    certificates: Certificates,
    ports: InfrastructureProcessPorts,
  ) {
    const { log, clock, metrics } = ports;
    const { namespaces, leaderElection } = cluster.options;
    this.#config = config;
    this.#metrics = metrics;
    this.#certificates = certificates;
    const replica = replicaIdentity(process.env);
    this.#notes = new ProblemNotes(cluster, replica, ports);
    this.#proxies = new Proxies(cluster, certificates, {
      ...ports,
      isLeader: () => this.#election.isLeader(),
      onProxyProblem: (fleet) => this.#note(fleet),
    });
    this.#election = election(cluster, `${leaderElection.lease}${leaseSuffix}`, replica, {
      ...ports,
      onElected: () => this.#proxies.start(),
      onLost: () => void this.#proxies.stop(),
    });
    this.#wanted = new WantedProxies(config, {
      ...ports,
      onInfrastructure: (fleet, wanted) => this.#proxies.set(fleet, wanted),
    });
    this.#source = kubeSource(
      cluster.api,
      { namespaces, kinds: infrastructureKinds },
      {
        log,
        clock,
        metrics,
        onChanges: (changes) => {
          countEvents(changes, metrics);
          this.#wanted.apply(changes);
        },
      },
    );
  }

  async start(faults: Faults): Promise<Running> {
    const notReady = (): string | undefined => this.#notReady();
    this.#metrics.setReady(() => notReady() === undefined);
    const probes = await startProbes(this.#config.probes, notReady, faults);
    this.#servers.push(probes);
    const view = {
      notReady,
      objects: () => [],
      problems: () => this.#source.problems(),
      proxies: () => [],
    };
    const admin = await startAdmin(this.#config.admin, view, this.#metrics, faults);
    this.#servers.push(admin);
    return {
      adminPort: admin.port,
      probesPort: probes.port,
      ready: this.#run(),
      reconfigure: (config) => this.#wanted.reconfigure(config),
      close: () => this.close(),
    };
  }

  /** Resolves when no write is under way; then another replica may lead. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#election.close();
    await Promise.all([this.#proxies.close(), this.#notes.close()]);
    await this.#source.close();
    await this.#wanted.close();
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #run(): Promise<void> {
    await this.#source.start();
    if (this.#isClosed) return;
    this.#stage = 'translating';
    this.#wanted.sourcesComplete();
    await this.#wanted.ready;
    if (this.#isClosed) return;
    this.#stage = 'ready';
    this.#notes.start();
    this.#election.start();
  }

  #notReady(): string | undefined {
    if (this.#stage === 'reading') return this.#source.waitsFor();
    if (this.#stage === 'translating') return 'the first translation is not complete';
    const waitsFor = this.#certificates.waitsFor();
    return waitsFor === undefined ? undefined : `waiting for the CA of the proxies: ${waitsFor}`;
  }

  #note(fleet: FleetKey): void {
    const problem = this.#proxies.problem(fleet);
    for (const gateway of gatewaysOf(fleet)) this.#notes.set(gatewayName(gateway), problem);
  }
}
