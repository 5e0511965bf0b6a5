import type { UnitOutput } from '../batch/outcome.ts';
import type { WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import { arrivedAt } from '../lib/origin.ts';
import type { ProviderRef } from '../units/oidc-provider-key.ts';
import { resourceKey, splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { Bugs } from '../observe/bugs.ts';
import { fleetHooks } from '../observe/fleet-hooks.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { Publication } from '../publish/publication.ts';
import { typeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { Translation, type TranslationOptions } from '../schedule/translation.ts';
import { ConditionLog } from '../status/condition-log.ts';
import { Notices } from '../status/notices.ts';
import type { RejectionsOfObject } from '../status/rejections.ts';
import { Reports } from '../status/reports.ts';
import type { WantedStatus } from '../status/status-writer-ports.ts';
import { fleetOf, gatewayName, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import { objectUnit, unitKind } from '../units/unit.ts';
import type { StreamOptions } from '../xds/delta-stream.ts';
import { Fleet } from '../xds/fleet.ts';
import { GatewayUids } from './gateway-uids.ts';
import { ObjectStatuses, type ObjectStatusPorts } from './object-statuses.ts';

export interface ControllerOptions extends TranslationOptions {
  readonly stream: StreamOptions;
}

export interface Surroundings extends Pick<
  ObjectStatusPorts,
  'isAcknowledgedElsewhere' | 'rejectedElsewhere' | 'proxyProblem'
> {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Called when the wanted proxies of a fleet change; undefined: Sluice no longer runs them. */
  readonly onInfrastructure?: (fleet: FleetKey, wanted: WantedInfrastructure | undefined) => void;
  /** Called with the code that a plugin needs, by the key of its row; undefined: none. */
  readonly onModule?: ((plugin: ResourceKey, wanted: WantedModule | undefined) => void) | undefined;
  /** Called with the provider whose document a policy needs, by a key with the policy's name; undefined: none. */
  readonly onProvider?: ((policy: ResourceKey, wanted: ProviderRef | undefined) => void) | undefined;
  readonly module?: ((sha256: string) => Uint8Array | undefined) | undefined;
  /** Called when a Gateway's UID changes: it is another Gateway of the same name, or none. */
  readonly onGatewayUid?: ((fleet: FleetKey) => void) | undefined;
  /** Called when the wanted status of an object may have changed. Must be quick. */
  readonly onStatus?: ((object: ResourceKey) => void) | undefined;
  /** Called when the proxies of a fleet are to have another config. Must be quick. */
  readonly onPublish?: ((fleet: FleetKey) => void) | undefined;
  /** Called with the JSON of a notice that has become true, or no longer is. Must be quick. */
  readonly onNotice?: ((notice: string, isTrue: boolean) => void) | undefined;
  /** False: another part says which conditions are bad. */
  readonly logsConditions?: boolean | undefined;
}

/** The pipeline: rows in at `apply`, delta xDS out through `fleet`, statuses in `reports`. */
export class Controller {
  readonly fleet: Fleet;
  readonly #publication: Publication;
  readonly #uids: GatewayUids;
  readonly #translation: Translation;
  readonly #statuses: ObjectStatuses;
  readonly #notices: Notices;
  /** JSON of `WantedInfrastructure`. Kept apart: not written to any status. */
  readonly #infrastructure: Reports;
  /** JSON of `WantedModule`, likewise kept apart; it holds credentials. */
  readonly #modules: Reports;
  /** JSON of `ProviderRef`, likewise. */
  readonly #providers: Reports;

  constructor(options: ControllerOptions, surroundings: Surroundings) {
    const { log, metrics, clock, onInfrastructure, onModule, onProvider } = surroundings;
    const bugs = new Bugs(log, metrics);
    this.#uids = new GatewayUids((fleet) => surroundings.onGatewayUid?.(fleet));
    this.#infrastructure = new Reports((object, _before, after) => {
      const { namespace, name } = splitResourceKey(object);
      onInfrastructure?.(fleetOf(`${namespace}/${name}`), wantedInfrastructure(after));
    });
    this.#modules = new Reports((plugin, _before, after) => {
      onModule?.(plugin, after === undefined ? undefined : (JSON.parse(after) as WantedModule));
    });
    this.#providers = new Reports((policy, _before, after) => {
      onProvider?.(policy, after === undefined ? undefined : (JSON.parse(after) as ProviderRef));
    });
    this.#notices = new Notices((notice, isTrue) => surroundings.onNotice?.(notice, isTrue));
    this.#publication = new Publication(options.stream, {
      clock,
      guard: (unit, step) => bugs.guard(unit, step),
      blob: surroundings.module,
      onCommitted: (unit, output, before) => this.#committed(unit, output, before),
      onFailed: (unit, message) => this.#statuses.failed(unit, message),
      onPublished: (fleet, changes) => this.#statuses.published(fleet, changes.has(typeUrl.listener)),
    });
    this.#translation = new Translation(options, this.#publication, { log, metrics, clock, bugs });
    const hooks = {
      ...fleetHooks(log, metrics, clock),
      onListenersAcked: (fleet: FleetKey) => this.#statuses.proxiesDiffer(fleet),
      onVerdict: (fleet: FleetKey) => {
        this.#publication.publish(arrivedAt(clock.now()));
        this.#statuses.findRejections(fleet);
      },
    };
    this.fleet = new Fleet(options.stream, clock, hooks, (fleet) => this.#publication.viewOf(fleet));
    metrics.setProxyTotals(() => ({ now: clock.now(), types: this.fleet.totals() }));
    metrics.connectedProxies.read = () => this.fleet.sizes();
    metrics.gatewayOldestUnacknowledged.read = () =>
      this.fleet.unacknowledged().map(([gateway, ageMs]) => [gateway, ageMs / 1000] as const);
    const conditionLog =
      surroundings.logsConditions === false
        ? undefined
        : new ConditionLog(log, clock, (kind, type, reason, step) =>
            metrics.falseConditions.inc({ kind, type, reason }, step),
          );
    this.#statuses = new ObjectStatuses({
      ...surroundings,
      commit: this.#publication.commit,
      views: this.#publication.views,
      has: (fleet, type, resource) => this.fleet.has(fleet, type, resource),
      onReport: (object, before, after) => conditionLog?.changed(object, before, after),
      onStatus: (object) => surroundings.onStatus?.(object),
    });
    const { fleet } = this;
    this.#publication.connect(this.#translation, {
      publish(of, ...rest) {
        fleet.publish(of, ...rest);
        surroundings.onPublish?.(of);
      },
      sendPostponed: () => fleet.sendPostponed(),
    });
  }

  get reports(): Reports {
    return this.#statuses.reports;
  }

  /** Returns the notices that are true, as JSON. */
  notices(): Iterable<string> {
    return this.#notices.all();
  }

  get ready(): Promise<void> {
    return this.#publication.ready;
  }

  /** Costs O(changed rows and the units that read them). Translation follows later. */
  apply(changes: readonly RowChange[]): void {
    this.#uids.apply(changes);
    this.#translation.apply(changes);
  }

  uidOf(fleet: FleetKey): string | undefined {
    return this.#uids.of(fleet);
  }

  /** Called when every source was read once: an object that is absent then does not exist. */
  sourcesComplete(): void {
    this.#translation.resume();
    this.#publication.checkReady();
  }

  /** Takes effect with the next window and the next wave. */
  setLanes(lanes: ControllerOptions['lanes']): void {
    this.#translation.setLanes(lanes);
  }

  /** Gateways that have something to serve, as `namespace/name`. */
  gateways(): string[] {
    return [...this.#publication.views.serving()].flatMap((fleet) => gatewaysOf(fleet).map(gatewayName));
  }

  /** `gateway`: `namespace/name`. */
  view(gateway: string): View | undefined {
    return this.#publication.views.get(fleetOf(gateway));
  }

  /** Returns the bytes of an object as it is now; undefined for one that does not exist. */
  row(object: ResourceKey): Uint8Array | undefined {
    return this.#translation.row(object);
  }

  /** Returns what is in force of a unit. */
  inForce(unit: UnitName): UnitOutput | undefined {
    return this.#publication.commit.inForce(unit);
  }

  objects(): Iterable<ResourceKey> {
    return this.reports.objects();
  }

  /** Returns undefined for an object that Sluice does not report on. */
  status(object: ResourceKey): unknown {
    return this.#statuses.of(object);
  }

  /** Returns the same as JSON, or why there is none. */
  wantedStatus(object: ResourceKey): WantedStatus {
    const text = this.#statuses.text(object);
    if (text !== undefined) return { kind: 'status', text };
    const unit = objectUnit(object);
    const isTranslated = this.#publication.commit.isInForce(unit) && !this.#translation.isQuarantined(unit);
    return isTranslated ? { kind: 'none' } : { kind: 'unknown' };
  }

  rejections(object: ResourceKey): RejectionsOfObject {
    return this.#statuses.rejections(object);
  }

  acknowledged(gateway: string): string | undefined {
    return this.#statuses.acknowledged(gateway);
  }

  proxiesDiffer(fleet: FleetKey): void {
    this.#statuses.proxiesDiffer(fleet);
  }

  gatewayDiffers(name: string): void {
    this.#statuses.gatewayDiffers(name);
  }

  statusMayDiffer(object: ResourceKey): void {
    this.#statuses.mayDiffer(object);
  }

  /** `gateway`: `namespace/name`. Undefined where Sluice does not run its proxies. */
  infrastructure(gateway: string): WantedInfrastructure | undefined {
    const [namespace = '', name = ''] = gateway.split('/');
    return wantedInfrastructure(this.#infrastructure.status(resourceKey('Infrastructure', namespace, name)));
  }

  /** Counts units that rows name or other units refer to. */
  get units(): number {
    return this.#translation.units;
  }

  /** Counts units that wait or are with a worker, and results that wait for others. */
  get backlog(): number {
    return this.#publication.commit.waiting + this.#translation.backlog;
  }

  laneStates(): ReturnType<Translation['laneStates']> {
    return this.#translation.laneStates();
  }

  /** True when every result is in force; a backlog of 0 may leave results that are being put into force. */
  get isIdle(): boolean {
    return this.#publication.commit.waiting === 0 && this.#translation.idle;
  }

  workerHeapBytes(): Promise<number> {
    return this.#translation.workerHeapBytes();
  }

  close(): Promise<void> {
    this.#publication.close();
    return this.#translation.close();
  }

  #committed(unit: UnitName, output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    const kind = unitKind(unit);
    this.#notices.update(output, before);
    if (kind === 'Infrastructure') this.#infrastructure.update(output, before);
    else if (kind === 'WasmModule') this.#modules.update(output, before);
    else if (kind === 'OidcProvider') this.#providers.update(output, before);
    else this.#statuses.committed(unit, output, before);
  }
}

function wantedInfrastructure(report: string | undefined): WantedInfrastructure | undefined {
  return report === undefined ? undefined : (JSON.parse(report) as WantedInfrastructure);
}
