import type { CertificateKeeper } from '../certs/certificate-keeper.ts';
import { InfrastructureKeeper } from '../infra/infrastructure-keeper.ts';
import type { Site } from '../infra/site.ts';
import { BackOff } from '../kube/back-off.ts';
import { Fault } from '../kube/fault.ts';
import { Objects } from '../kube/objects.ts';
import { OwnedWatch } from '../kube/owned-watch.ts';
import type { StoredSecret } from '../kube/secret-store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import type { WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { Cluster } from './cluster.ts';

export interface ProxiesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Called before each write. */
  readonly isLeader: () => boolean;
  /** Called when {@link Proxies.problem} of a fleet changes. */
  readonly onProxyProblem: (fleet: FleetKey) => void;
}

export type Certificates = CertificateKeeper<StoredSecret>;

/** Pace for refused writes: no watch shows when they will be accepted. */
const refusedFirstMs = 1000;
const refusedMaxMs = 60_000;

/** Longest wait for the list of existing objects. */
const unreadMs = 10_000;

/** Always in the certificate of the xDS server, by whatever address proxies reach it. */
const serverName = 'sluice';

/** Runs the proxies of Gateways as objects of the cluster, between `start` and `stop`. */
export class Proxies {
  readonly #keeper: InfrastructureKeeper;
  readonly #watch: OwnedWatch;
  readonly #stopRefresh: () => void;
  readonly #clock: Clock;
  readonly #problems = new Map<FleetKey, string>();
  readonly #onProxyProblem: ProxiesPorts['onProxyProblem'];
  #cancelStart = nothing;

  constructor(cluster: Cluster, certificates: Certificates, ports: ProxiesPorts) {
    const { log, clock, metrics, isLeader, onProxyProblem } = ports;
    this.#clock = clock;
    this.#onProxyProblem = onProxyProblem;
    this.#keeper = new InfrastructureKeeper({
      log,
      clock,
      objects: new Objects({
        async send(sent, signal) {
          if (!isLeader()) throw new Fault('busy', 'this replica leads no more');
          return cluster.api.send(sent, signal);
        },
      }),
      site: () => siteOf(cluster, certificates),
      clientCertificate: (proxies, has) => certificates.clientCertificate(proxies, has),
      backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(refusedFirstMs, refusedMaxMs)),
      onApplied: (kind, result) => metrics.infrastructureWrites.inc({ kind, result }),
      onBacklog: (gateways) => metrics.infrastructureBacklog.set(gateways),
      onProblem: (fleet, message) => {
        if (message === undefined) this.#problems.delete(fleet);
        else this.#problems.set(fleet, message);
        onProxyProblem(fleet);
      },
    });
    this.#watch = new OwnedWatch(cluster.api, cluster.options.namespaces, {
      log,
      clock,
      onChange: (change) => {
        if (change.kind === 'put') this.#keeper.observed(change.object);
        else this.#keeper.deleted(change.key);
      },
      onRestart: (kind, reason) => metrics.watchRestarts.inc({ kind, reason }),
    });
    this.#stopRefresh = certificates.onChange(() => this.#keeper.refresh());
  }

  set(fleet: FleetKey, wanted: WantedInfrastructure | undefined): void {
    if (wanted === undefined && this.#problems.delete(fleet)) this.#onProxyProblem(fleet);
    this.#keeper.set(fleet, wanted);
  }

  /** Returns the reason why the proxies cannot be run as wanted, in one line. */
  problem(fleet: FleetKey): string | undefined {
    return this.#problems.get(fleet);
  }

  /** Lists existing objects first, so that unchanged ones are not applied again. */
  start(): void {
    const begin = (): void => {
      this.#cancelStart();
      this.#keeper.start();
    };
    // Starts in any case: a kind may be forbidden to read.
    this.#cancelStart = this.#clock.after(unreadMs, begin);
    const beginWhenRead = async (): Promise<void> => {
      if ((await this.#watch.start()) === 'synced') begin();
    };
    void beginWhenRead();
  }

  async stop(): Promise<void> {
    this.#cancelStart();
    const fleets = [...this.#problems.keys()];
    this.#problems.clear();
    // The next leader finds problems itself.
    for (const fleet of fleets) this.#onProxyProblem(fleet);
    await Promise.all([this.#watch.stop(), this.#keeper.stop()]);
  }

  close(): Promise<void> {
    this.#stopRefresh();
    return this.stop();
  }
}

function siteOf({ namespace, options }: Cluster, certificates: Certificates): Site | undefined {
  const { image, xdsAddress, xdsPort, drainMs, externalIPs } = options.infrastructure;
  if (certificates.waitsFor() !== undefined) return undefined;
  return {
    image,
    xdsAddress: xdsAddress === '' ? `sluice.${namespace}.svc` : xdsAddress,
    xdsPort,
    xdsServerName: serverName,
    drainMs,
    externalIPs,
    drainToken: (of, gateway) => certificates.drainToken(of, gateway),
    xdsToken: (proxies) => certificates.xdsToken(proxies),
  };
}

function nothing(): void {}
