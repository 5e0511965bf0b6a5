import { DeltaDiscoveryResponse } from '../../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { kubeSource, type Source } from '../../../../src/run/source.ts';
import type { Config } from '../../../../src/config/config.ts';
import { configFrom } from '../../../../src/config/load.ts';
import { ControlPlane } from '../../../../src/run/control-plane.ts';
import { ApiServer } from '../../../../src/kube/api-server.ts';
import { must } from '../../../../src/lib/assert.ts';
import type { FaultReason } from '../../../../src/kube/fault.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../../../../src/observe/metrics.ts';
import type { RowChange } from '../../../../src/kinds/row.ts';
import type { Dial } from '../../xds/client-options.ts';
import { DeltaClient } from '../../xds/delta-client.ts';
import { SilentLog } from '../../pipeline/silent-log.ts';
import { serviceOf, services } from '../../xds/xds-types.ts';
import { routeConfigurationOf } from '../../../../src/units/virtual-host-name.ts';
import type { ClientApi } from './client-api.ts';
import type { FaultFixture } from './fault-fixture.ts';
import { moduleBytes, verdictOn } from './expected-state.ts';
import { resourceName, versionOf, type Snapshot } from './published.ts';

export interface Received {
  /** `CDS NAME`. */
  readonly resource: string;
  /** Undefined: the resource does not exist. */
  readonly version: string | undefined;
  /** True while the fault leaves no other way to the objects. */
  readonly isDuringFault: boolean;
}

/** Sluice as `serve` runs it, with one proxy, in this process. ExpectedState gives the verdicts; no replica leads. */
export class FaultedSluice {
  readonly clientApi: ClientApi;
  readonly client: DeltaClient;
  readonly log = new SilentLog();
  received: Received[] = [];
  isDuringFault: () => boolean = () => false;
  readonly #metrics: Metrics = createMetrics();
  readonly #rows = new Map<string, Uint8Array>();
  readonly #api: ApiServer;
  readonly #plane: ControlPlane;
  readonly #source: Source;
  readonly #fixture: FaultFixture;
  readonly #verdicts: RowChange[] = [];
  #isStarted = false;
  #isReady = false;
  #closing: Promise<void> | undefined;

  /** `origin`: of FaultyApi. `clock`: for waits on the API server. */
  constructor(origin: string, clientApi: ClientApi, fixture: FaultFixture, clock = systemClock) {
    this.clientApi = clientApi;
    this.#fixture = fixture;
    // Each costs a timer, and all would measure the same event loop.
    this.#metrics.close();
    const ports = { log: this.log, metrics: this.#metrics, clock: systemClock };
    this.#api = new ApiServer({
      origin,
      pathPrefix: clientApi.pathPrefix,
      credentials: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    this.#plane = new ControlPlane(
      configOf(fixture),
      {
        ...ports,
        onModule: (key, wanted) => this.#answer(verdictOn(key, wanted)),
        module: moduleBytes,
      },
      'sluice test',
    );
    this.#source = kubeSource(
      this.#api,
      { scripts: true },
      {
        ...ports,
        clock,
        onChanges: (changes) => {
          for (const change of changes) this.#keep(change);
          this.#plane.controller.apply(changes);
        },
      },
    );
    const dial: Dial = (node, receive) => {
      const connection = this.#plane.controller.fleet.connect(node, (response) => {
        const message = response.toBuffer();
        this.#listen(message);
        receive(message);
      });
      return { send: (request) => connection.receive(request), close: () => connection.close() };
    };
    this.client = new DeltaClient(dial, { gateway: fixture.gateway });
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { controller } = this.#plane;
    void this.#source.start().then(() => controller.sourcesComplete());
    void controller.ready.then(() => (this.#isReady = true));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  held(): Snapshot {
    return new Map(
      services.flatMap((service) =>
        [...this.client.held(service)].map(([name, held]): [string, string] => [
          resourceName(service, name),
          versionOf(service, held),
        ]),
      ),
    );
  }

  /** True when Sluice and its proxy have all that the fixture has. */
  get isCurrent(): boolean {
    return this.#isReady && this.behind().length === 0;
  }

  behind(): string[] {
    const fixture = this.#fixture;
    const held = this.held();
    // Proxies ask only for what a listener or cluster names, and get the hosts of their RouteConfigurations.
    const isWanted = (name: string): boolean =>
      held.has(name) ||
      /^[CL]DS /.test(name) ||
      (name.startsWith('VHDS ') && held.has(routeConfigurationOf(name).replace(/^VHDS/, 'RDS')));
    const wanted = new Map([...fixture.now].filter(([name]) => isWanted(name)));
    const stale = differing(fixture.rows, this.#rows, (a, b) => Buffer.compare(a, b) === 0);
    return [...differing(wanted, held, (a, b) => a === b), ...stale, ...this.client.unsettled()];
  }

  /** True when the proxy has one of the states, and had none of those before. */
  hasOneOf(states: readonly Snapshot[], before: readonly Snapshot[]): boolean {
    const held = this.held();
    return states.some((state) =>
      [...state].some(
        ([resource, version]) =>
          held.get(resource) === version && before.every((earlier) => earlier.get(resource) !== version),
      ),
    );
  }

  /** Restarts of the kind's watches and lists, for these reasons. */
  async restarts(kind: string, reasons: readonly FaultReason[]): Promise<number> {
    const { values } = await this.#metrics.watchRestarts.get();
    const counted = values.filter(
      ({ labels }) => labels.kind === kind && reasons.some((reason) => reason === labels.reason),
    );
    return counted.reduce((sum, { value }) => sum + value, 0);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.client.close();
    await this.#source.close();
    await this.#api.close();
    await this.#plane.close();
  }

  /** All verdicts come together, when nothing else is left to do, as in ExpectedState. */
  #answer(verdict: RowChange): void {
    if (this.#verdicts.push(verdict) === 1) setImmediate(() => this.#giveVerdicts());
  }

  #giveVerdicts(): void {
    const { controller } = this.#plane;
    if (controller.backlog > 0) setTimeout(() => this.#giveVerdicts(), 1);
    else controller.apply(this.#verdicts.splice(0));
  }

  #keep(change: RowChange): void {
    if (change.kind === 'put') this.#rows.set(change.row.key, change.row.bytes);
    else this.#rows.delete(change.key);
  }

  #listen(message: Uint8Array): void {
    const { typeUrl = '', resources = [], removedResources = [] } = DeltaDiscoveryResponse.decode(message);
    const service = must(serviceOf(typeUrl), typeUrl);
    const isDuringFault = this.isDuringFault();
    for (const { name = '', version = '', resource } of resources) {
      const bytes = resource?.value ?? new Uint8Array(0);
      this.received.push({
        resource: resourceName(service, name),
        version: versionOf(service, { version, bytes }),
        isDuringFault,
      });
    }
    for (const name of removedResources) {
      // A client that leaves a RouteConfiguration is told to forget its hosts, which stay in the view.
      if (service === 'VHDS' && !this.client.held('RDS').has(routeConfigurationOf(name))) continue;
      this.received.push({ resource: resourceName(service, name), version: undefined, isDuringFault });
    }
  }
}

function differing<T>(
  wanted: ReadonlyMap<string, T>,
  found: ReadonlyMap<string, T>,
  isSame: (a: T, b: T) => boolean,
): string[] {
  const lacking = [...wanted].flatMap(([key, value]) => {
    const other = found.get(key);
    return other !== undefined && isSame(value, other) ? [] : [key];
  });
  return [...lacking, ...[...found.keys()].filter((key) => !wanted.has(key))];
}

function configOf({ controllerName }: FaultFixture): Config {
  const loaded = configFrom(
    {
      controllerName,
      provider: {
        type: 'kubernetes',
        kubernetes: { namespace: 'sluice-system', infrastructure: { enabled: false } },
      },
      translate: { mode: 'inline' },
      xds: { address: '127.0.0.1', port: 0, tls: 'off' },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}
