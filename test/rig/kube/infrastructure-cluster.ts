import { InfrastructureKeeper } from '../../../src/infra/infrastructure-keeper.ts';
import type { InfrastructureKeeperPorts } from '../../../src/infra/infrastructure-keeper-ports.ts';
import type { Site } from '../../../src/infra/site.ts';
import { ApiServer } from '../../../src/kube/api-server.ts';
import { BackOff } from '../../../src/kube/back-off.ts';
import { Objects } from '../../../src/kube/objects.ts';
import { ownedResources } from '../../../src/kube/owned-resource.ts';
import { OwnedWatch } from '../../../src/kube/owned-watch.ts';
import type { Infrastructure } from '../../../src/kinds/own/infrastructure.ts';
import type { ObservedCertificate } from '../../../src/kinds/owned-object.ts';
import { site, webInfrastructure } from './infrastructure.ts';
import { fleetOf } from '../../../src/units/fleet-key.ts';
import { HurriedClock } from './hurried-clock.ts';
import { FakeKubeApi } from './kube-api.ts';
import type { KubeRequest } from './kube-request.ts';
import type { KubeObject } from './object-store.ts';
import { SilentLog } from '../pipeline/silent-log.ts';

/** Objects that each Gateway `default/web` has. */
export const usual = ['Secret/web-sluice-certificate', 'Service/web-sluice', 'ServiceAccount/web-sluice'];

/** An InfrastructureKeeper and its watch, on a fake API server. */
export class InfrastructureCluster {
  readonly fake = new FakeKubeApi();
  readonly log = new SilentLog();
  readonly clock = new HurriedClock();
  readonly results: string[] = [];
  readonly problems: (string | undefined)[] = [];
  /** Number of the proxies' certificates; lower ones are no longer valid. */
  generation = 1;
  issued = 0;
  backlog = 0;
  /** Requests at a time: in total, and for one Gateway. */
  mostUnderWay = 0;
  mostOfOne = 0;
  readonly #underWay: string[] = [];
  site: Site | undefined = site;
  beforeAnswer: (of: { readonly kind: string; readonly name: string }) => Promise<void> = () =>
    Promise.resolve();
  keeper!: InfrastructureKeeper;
  watch!: OwnedWatch;
  readonly #reported = new Set<string>();
  #markers = 0;
  #api: ApiServer | undefined;

  /** Connects, and starts nothing. */
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
      objects: this.#counted(new Objects(this.#api)),
      clientCertificate: (_proxies, has) => Promise.resolve(this.#certificate(has)),
      backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(1000, 60_000)),
      onApplied: (kind, result) => this.results.push(`${kind} ${result}`),
      onBacklog: (gateways) => (this.backlog = gateways),
      onProblem: (_gateway, message) => this.problems.push(message),
    });
    this.watch = new OwnedWatch(this.#api, [], {
      log,
      clock,
      onChange: (change) => {
        if (change.kind === 'put') {
          this.keeper.observed(change.object);
          this.#reported.add(`${change.object.kind} ${change.object.name}`);
        } else this.keeper.deleted(change.key);
      },
    });
  }

  /** Starts the watch and the keeper. */
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

  /** Has proxies run for the Gateway `default/web`, or for what `change` makes of it. */
  run(change: Partial<Infrastructure> = {}, spec?: Readonly<Record<string, unknown>>): void {
    const infrastructure = webInfrastructure(spec, change);
    const { namespace, gateway } = infrastructure;
    this.keeper.set(fleetOf(`${namespace}/${gateway}`), { kind: 'run', infrastructure });
  }

  warnings(): string[] {
    return this.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  /** Checked in each turn of the event loop. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when the watch has received everything, and nothing is left to do. */
  async settled(): Promise<void> {
    await this.reported();
    await this.until(() => this.backlog === 0);
  }

  async reported(): Promise<void> {
    const name = `marker-${++this.#markers}`;
    const metadata = { labels: { 'app.kubernetes.io/managed-by': 'sluice' } };
    for (const kind of kinds) this.fake.put(kind, 'markers', name, { metadata });
    await this.until(() => kinds.every((kind) => this.#reported.has(`${kind} ${name}`)));
  }

  /** `Kind/name` of the owned objects, sorted. */
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

  #counted(objects: Objects): InfrastructureKeeperPorts['objects'] {
    const count = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const gateway = name.replace(/-certificate$/, '');
      this.#underWay.push(gateway);
      this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay.length);
      this.mostOfOne = Math.max(this.mostOfOne, this.#underWay.filter((of) => of === gateway).length);
      const answer = await work();
      this.#underWay.splice(this.#underWay.indexOf(gateway), 1);
      return answer;
    };
    return {
      apply: (manifest, signal, manager) =>
        count(manifest.metadata.name, async () => {
          const answer = await objects.apply(manifest, signal, manager);
          await this.beforeAnswer({ kind: manifest.kind, name: manifest.metadata.name });
          return answer;
        }),
      read: (ref, signal) => count(ref.name, () => objects.read(ref, signal)),
      delete: (object, signal) => count(object.name, () => objects.delete(object, signal)),
    };
  }

  #certificate(has: ObservedCertificate | undefined): ObservedCertificate {
    if (has?.certificate === `certificate ${this.generation}`) return has;
    this.issued++;
    return { certificate: `certificate ${this.generation}`, privateKey: `key ${this.issued}`, ca: 'ca' };
  }
}

const kinds = ownedResources.map(({ kind }) => kind);
