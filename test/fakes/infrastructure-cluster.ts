import { InfrastructureKeeper } from '../../src/infra/infrastructure-keeper.ts';
import type { Site } from '../../src/infra/site.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { BackOff } from '../../src/kube/back-off.ts';
import { Objects } from '../../src/kube/objects.ts';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { OwnedWatch } from '../../src/kube/owned-watch.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { ObservedCertificate } from '../../src/resource/owned-object.ts';
import { site } from './infrastructure.ts';
import { FakeKubeApi, type KubeObject, type KubeRequest } from './kube-api.ts';
import { SilentLog } from './silent-log.ts';

/** An InfrastructureKeeper with the watch that it is told by, on a fake API server. */
export class InfrastructureCluster {
  readonly fake = new FakeKubeApi();
  readonly log = new SilentLog();
  readonly clock = new LeapingClock();
  readonly results: string[] = [];
  readonly problems: (string | undefined)[] = [];
  /** The number of the certificates that proxies are to have; a lower one is not good any more. */
  generation = 1;
  issued = 0;
  backlog = 0;
  site: Site | undefined = site;
  keeper!: InfrastructureKeeper;
  watch!: OwnedWatch;
  readonly #told = new Set<string>();
  #markers = 0;
  #api: ApiServer | undefined;

  /** Connected; nothing is started. */
  async open(): Promise<void> {
    const origin = await this.fake.start();
    this.#api = new ApiServer({
      origin,
      pathPrefix: '',
      credentials: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    const { log, clock } = this;
    this.keeper = new InfrastructureKeeper({
      log,
      clock,
      site: () => this.site,
      objects: new Objects(this.#api),
      clientCertificate: (_namespace, _gateway, has) => Promise.resolve(this.#certificate(has)),
      backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(1000, 60_000)),
      onApplied: (kind, result) => this.results.push(`${kind} ${result}`),
      onBacklog: (gateways) => (this.backlog = gateways),
      onProblem: (_gateway, message) => this.problems.push(message),
    });
    this.watch = new OwnedWatch(this.#api, {
      log,
      clock,
      onChange: (change) => {
        if (change.kind === 'put') {
          this.keeper.observed(change.object);
          this.#told.add(`${change.object.kind} ${change.object.name}`);
        } else this.keeper.deleted(change.key);
      },
    });
  }

  /** Watched, and kept up from here on. */
  async lead(): Promise<void> {
    await this.watch.start();
    this.keeper.start();
  }

  async follow(): Promise<void> {
    await this.watch.stop();
    await this.keeper.stop();
  }

  async close(): Promise<void> {
    await this.follow();
    await this.#api?.close();
    await this.fake.stop();
  }

  /** Resolves when `condition` holds; looked at in each turn of the event loop. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when the watch has told everything that the server has by now, and nothing is left to do. */
  async settled(): Promise<void> {
    const name = `marker-${++this.#markers}`;
    const metadata = { labels: { 'app.kubernetes.io/managed-by': 'sluice' } };
    for (const kind of kinds) this.fake.put(kind, 'markers', name, { metadata });
    await this.until(() => kinds.every((kind) => this.#told.has(`${kind} ${name}`)) && this.backlog === 0);
  }

  /** `Kind/name` of everything that exists of what Sluice makes, sorted. */
  names(): string[] {
    return kinds
      .flatMap((kind) => this.fake.objects(kind))
      .filter(({ metadata }) => metadata.namespace !== 'markers')
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
      .sort();
  }

  object(kind: string, name = 'web-sluice'): KubeObject | undefined {
    return this.fake.objects(kind).find(({ metadata }) => metadata.name === name);
  }

  /** Requests for single objects, such as `apply Service ns/gw-sluice`. */
  requests(mode?: KubeRequest['mode']): string[] {
    return this.fake.requests
      .filter((request) => request.object !== '' && (mode === undefined || request.mode === mode))
      .map((request) => `${request.mode} ${request.kind} ${request.object}`);
  }

  #certificate(has: ObservedCertificate | undefined): ObservedCertificate {
    if (has?.certificate === `certificate ${this.generation}`) return has;
    this.issued++;
    return { certificate: `certificate ${this.generation}`, privateKey: `key ${this.issued}`, ca: 'ca' };
  }
}

const kinds = ownedResources.map(({ followed }) => followed.kind);

/** Waits of a few seconds are over in the next turn, and time is then what it would be; longer ones never end. */
class LeapingClock implements Clock {
  #now = 0;
  readonly #waiting = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const atMs = this.#now + delayMs;
    const run = (): void => {
      this.#now = Math.max(this.#now, atMs);
      this.#waiting.delete(run);
      task();
    };
    if (delayMs > longestLeapMs) {
      this.#waiting.add(run);
      return () => this.#waiting.delete(run);
    }
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }

  /** The long waits that have begun are over. */
  expire(): void {
    for (const run of this.#waiting) run();
  }
}

const longestLeapMs = 5000;
