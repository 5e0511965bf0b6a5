import type { UnitOutput, XdsResource } from '../batch/outcome.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import { contentHash } from '../lib/hash.ts';
import { splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Commit } from '../publish/commit.ts';
import type { FleetViews } from '../publish/fleet-views.ts';
import type { Rejection } from '../publish/rejection.ts';
import { routeConfigurationOf } from '../units/virtual-host-name.ts';
import { typeUrl, type TypeUrl } from '../publish/type-table.ts';
import { Failures } from '../status/failures.ts';
import { GatewaySets } from '../status/gateway-sets.ts';
import { gatewayStatus } from '../status/gateway-status.ts';
import { isAccepted, listenerSetStatus, stateOf } from '../status/listener-set-status.ts';
import { policyStatus } from '../status/policy-status.ts';
import { ObjectRejections, type RejectionsOfObject } from '../status/rejections.ts';
import { Reports } from '../status/reports.ts';
import { routeStatus } from '../status/route-status.ts';
import { attachmentKey, parentOf } from '../units/attachment-key.ts';
import { fleetOf, gatewayName, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import { objectUnit } from '../units/unit.ts';

export interface ObjectStatusPorts {
  readonly log: Log;
  readonly commit: Commit;
  readonly views: FleetViews;
  /** True when a proxy of this replica has ACKed this version of the resource. */
  readonly has: (fleet: FleetKey, type: TypeUrl, resource: XdsResource) => boolean;
  /** True when proxies of another replica have ACKed this version of a Gateway's Listeners. */
  readonly isAcknowledgedElsewhere?: ((gateway: string, version: string) => boolean) | undefined;
  /** Returns rejections by proxies of other replicas. */
  readonly rejectedElsewhere?: ((object: ResourceKey) => RejectionsOfObject) | undefined;
  /** Returns the reason why the proxies of a fleet cannot be run as wanted, in one line. */
  readonly proxyProblem?: ((fleet: FleetKey) => string | undefined) | undefined;
  readonly onReport: (object: ResourceKey, before: string | undefined, after: string | undefined) => void;
  /** Called when the wanted status of an object may have changed. */
  readonly onStatus: (object: ResourceKey) => void;
}

/** Wanted statuses: the reports of translation, with ACKs and rejections of proxies. */
export class ObjectStatuses {
  readonly reports: Reports;
  readonly #rejections = new ObjectRejections();
  readonly #failures = new Failures();
  readonly #sets = new GatewaySets();
  /** State of each Gateway with ListenerSets, as far as these show it. */
  readonly #lastStates = new Map<string, string>();
  readonly #ports: ObjectStatusPorts;

  constructor(ports: ObjectStatusPorts) {
    this.#ports = ports;
    this.reports = new Reports(
      (object, before, after) => {
        ports.onReport(object, before, after);
        ports.onStatus(object);
        if (isGateway(object)) this.#setsMayDiffer(gatewayName(object));
      },
      (attachment) => this.mayDiffer(parentOf(attachment)),
    );
  }

  committed(unit: UnitName, output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    this.reports.update(output, before);
    const set = this.#sets.committed(unit, output);
    if (set !== undefined) this.mayDiffer(set);
  }

  /** Returns undefined for an object that Sluice does not report on. */
  of(object: ResourceKey): unknown {
    const report = this.reports.status(object);
    if (report === undefined) return undefined;
    const status: unknown = JSON.parse(report);
    const { kind, namespace, name } = splitResourceKey(object);
    const rejections = this.#rejectionsAnywhere(object);
    const fields = kindOf(kind)?.status?.fields ?? {};
    if ('ancestors' in fields) return policyStatus(status, rejections);
    if ('parents' in fields)
      return routeStatus(status, namespace, rejections, (set) => this.#sets.gatewayOf(set));
    if (!('listeners' in fields)) return status;
    const gateway = kind === 'ListenerSet' ? this.#sets.gatewayOf(object) : `${namespace}/${name}`;
    if (gateway === undefined) return status;
    const dataPlane = {
      attachedRoutes: (listener: string) => this.reports.attached(attachmentKey(object, listener)),
      isProgrammed: this.#isProgrammed(gateway),
      problem: this.#ports.proxyProblem?.(fleetOf(gateway)),
      rejections,
    };
    if (kind === 'ListenerSet')
      return listenerSetStatus(status, { ...dataPlane, status: this.of(gatewayKey(gateway)) });
    return gatewayStatus(
      status,
      dataPlane,
      isAccepted(status) ? this.reports.attached(attachmentKey(object, '')) : 0,
    );
  }

  /** Returns the same as JSON; O(1) where it does not depend on proxies. */
  text(object: ResourceKey): string | undefined {
    const { kind } = splitResourceKey(object);
    const isWhole =
      !('listeners' in (kindOf(kind)?.status?.fields ?? {})) && this.#rejectionsAnywhere(object).size === 0;
    if (isWhole) return this.reports.status(object);
    const status = this.of(object);
    return status === undefined ? undefined : JSON.stringify(status);
  }

  /** Undefined: translation of the unit no longer fails. */
  failed(unit: UnitName, message: string | undefined): void {
    this.mayDiffer(this.#failures.set(unit, message));
  }

  /** Returns rejections by proxies of this replica. */
  rejections(object: ResourceKey): RejectionsOfObject {
    return this.#rejections.of(object);
  }

  /** Version of the Gateway's Listeners, if a proxy of this replica has ACKed each of them. */
  acknowledged(gateway: string): string | undefined {
    const fleet = fleetOf(gateway);
    return this.#listenersVersion(gateway, (listener) => this.#ports.has(fleet, typeUrl.listener, listener));
  }

  /** Called when the state of a fleet's proxies may have changed. */
  proxiesDiffer(fleet: FleetKey): void {
    for (const gateway of gatewaysOf(fleet)) this.gatewayDiffers(gatewayName(gateway));
  }

  /** `name`: `namespace/gateway`. */
  gatewayDiffers(name: string): void {
    this.mayDiffer(gatewayKey(name));
    this.#setsMayDiffer(name);
  }

  /** Costs O(ListenerSets of the Gateway) when what they show of it differs. */
  #setsMayDiffer(gateway: string): void {
    const sets = this.#sets.of(gateway);
    if (sets.size === 0) return;
    const problem = this.#ports.proxyProblem?.(fleetOf(gateway)) ?? '';
    const state = `${stateOf(this.of(gatewayKey(gateway)))} ${this.#isProgrammed(gateway)} ${problem}`;
    if (this.#lastStates.get(gateway) === state) return;
    this.#lastStates.set(gateway, state);
    for (const set of sets) this.mayDiffer(set);
  }

  mayDiffer(object: ResourceKey): void {
    if (this.reports.status(object) !== undefined) this.#ports.onStatus(object);
  }

  /** Costs O(1) unless proxies of the fleet reject something. */
  published(fleet: FleetKey, hasNewListeners: boolean): void {
    if (hasNewListeners) this.proxiesDiffer(fleet);
    if (this.#rejections.has(fleet)) this.findRejections(fleet);
  }

  /** Finds the objects behind rejected resources. Rare, so it may search. */
  findRejections(fleet: FleetKey): void {
    const { log, views } = this.#ports;
    const objects = new Map<ResourceKey, string>();
    for (const rejection of views.get(fleet)?.rejections() ?? []) {
      for (const object of this.#causes(fleet, rejection)) objects.set(object, rejectionText(rejection));
    }
    for (const object of this.#rejections.set(fleet, objects)) {
      const message = objects.get(object);
      if (message === undefined)
        log.info({ object, gateway: fleet }, 'proxies no longer reject its resources');
      else log.warn({ object, gateway: fleet }, message);
      this.mayDiffer(object);
    }
  }

  #rejectionsAnywhere(object: ResourceKey): RejectionsOfObject {
    const elsewhere = this.#ports.rejectedElsewhere?.(object) ?? [];
    return new Map([...elsewhere, ...this.rejections(object), ...this.#failures.of(object)]);
  }

  #isProgrammed(gateway: string): boolean {
    const version = this.#listenersVersion(gateway, () => true);
    if (version === undefined) return false;
    return (
      this.acknowledged(gateway) !== undefined ||
      this.#ports.isAcknowledgedElsewhere?.(gateway, version) === true
    );
  }

  /** Equal on every replica. Undefined without Listeners, or when one is missing or not `good`. */
  #listenersVersion(gateway: string, good: (listener: XdsResource) => boolean): string | undefined {
    const { commit, views } = this.#ports;
    const unit = objectUnit(gatewayKey(gateway));
    const view = views.get(fleetOf(gateway));
    const listeners = [...commit.namesUnder(unit, typeUrl.listener)]
      .sort()
      .map((listener) => view?.get(typeUrl.listener, listener));
    if (listeners.length === 0) return undefined;
    if (!listeners.every((listener) => listener !== undefined && good(listener))) return undefined;
    return contentHash(listeners.map((listener) => `${listener?.name} ${listener?.version}`).join('\n'));
  }

  /** Objects whose statuses show a rejection: those the resource was made of, or else those that use it. */
  #causes(fleet: FleetKey, { type, name, madeOf }: Rejection): readonly ResourceKey[] {
    const hasStatus = (object: ResourceKey): boolean => this.reports.status(object) !== undefined;
    let causes = madeOf.filter(hasStatus);
    for (const objects of this.#ports.commit.usersOf(fleet, type, name)) {
      if (causes.length > 0) break;
      causes = objects.filter(hasStatus);
    }
    return causes;
  }
}

function gatewayKey(gateway: string): ResourceKey {
  return `Gateway/${gateway}` as ResourceKey;
}

function isGateway(object: ResourceKey): boolean {
  return object.startsWith('Gateway/');
}

/** Characters of a proxy's message in a condition: enough to find the field. */
const maxMessage = 600;

function rejectionText({ type, name, domain, message }: Rejection): string {
  const part = type === typeUrl.extension ? `plugins ${domain}` : `its routes for ${domain}`;
  const whole = type === typeUrl.virtualHost ? routeConfigurationOf(name) : name;
  const what = domain === undefined ? name : `${part} in ${whole}`;
  const line = message.trim().replaceAll(/\s+/g, ' ');
  const short = line.length > maxMessage ? `${line.slice(0, maxMessage)}…` : line;
  return `a proxy rejects ${what}, of which the last good version stays: ${short}`;
}
