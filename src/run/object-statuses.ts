import type { UnitOutput, XdsResource } from '../batch/outcome.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import { contentHash } from '../lib/hash.ts';
import { resourceKey, splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Commit } from '../publish/commit.ts';
import type { FleetViews } from '../publish/fleet-views.ts';
import type { Rejection } from '../publish/rejection.ts';
import { typeUrl, type TypeUrl } from '../publish/type-table.ts';
import { Failures } from '../status/failures.ts';
import { gatewayStatus } from '../status/gateway-status.ts';
import { policyStatus } from '../status/policy-status.ts';
import { ObjectRejections, type RejectionsOfObject } from '../status/rejections.ts';
import { Reports } from '../status/reports.ts';
import { routeStatus } from '../status/route-status.ts';
import { fleetOf, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import { objectUnit } from '../units/unit.ts';

export interface ObjectStatusPorts {
  readonly log: Log;
  readonly commit: Commit;
  readonly views: FleetViews;
  /** True when a connected proxy of the fleet has ACKed this version of the resource. */
  readonly has: (fleet: FleetKey, type: TypeUrl, resource: XdsResource) => boolean;
  /** True when proxies that are connected to another replica have ACKed this version of a Gateway's Listeners. */
  readonly isAcknowledgedElsewhere?: ((gateway: string, version: string) => boolean) | undefined;
  /** Says why proxies that are connected to another replica reject what was made of the object. */
  readonly rejectedElsewhere?: ((object: ResourceKey) => RejectionsOfObject) | undefined;
  /** Says in one line why the proxies of a fleet cannot be run as they should be. */
  readonly proxyProblem?: ((fleet: FleetKey) => string | undefined) | undefined;
  /** Called when translation reports another status of the object. */
  readonly onReport: (object: ResourceKey, before: string | undefined, after: string | undefined) => void;
  /** Called when the status that an object should have may be another. O(1) wherever it is called from. */
  readonly onStatus: (object: ResourceKey) => void;
}

/** The statuses that objects should have: as translation reported them, with what proxies ACK and reject. */
export class ObjectStatuses {
  readonly reports: Reports;
  readonly #rejections = new ObjectRejections();
  readonly #failures = new Failures();
  readonly #ports: ObjectStatusPorts;

  constructor(ports: ObjectStatusPorts) {
    this.#ports = ports;
    this.reports = new Reports(
      (object, before, after) => {
        ports.onReport(object, before, after);
        ports.onStatus(object);
      },
      (listener) => this.gatewayDiffers(listener),
    );
  }

  committed(output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    this.reports.update(output, before);
  }

  /** The status that an object should have now; undefined for one that Sluice has nothing to say of. */
  of(object: ResourceKey): unknown {
    const report = this.reports.status(object);
    if (report === undefined) return undefined;
    const status: unknown = JSON.parse(report);
    const { kind, namespace, name } = splitResourceKey(object);
    const rejections = this.#rejectionsAnywhere(object);
    const fields = kindOf(kind)?.status?.fields ?? {};
    if ('ancestors' in fields) return policyStatus(status, rejections);
    if ('parents' in fields) return routeStatus(status, namespace, rejections);
    if (!('listeners' in fields)) return status;
    const gateway = `${namespace}/${name}`;
    return gatewayStatus(status, {
      attachedRoutes: (listener) => this.reports.attachedRoutes(`${gateway}/${listener}`),
      isProgrammed: this.#isProgrammed(gateway),
      problem: this.#ports.proxyProblem?.(fleetOf(gateway)),
      rejections,
    });
  }

  /** Returns the same as JSON: O(1) where proxies have no part in it. */
  text(object: ResourceKey): string | undefined {
    const { kind } = splitResourceKey(object);
    const isWhole =
      !('listeners' in (kindOf(kind)?.status?.fields ?? {})) && this.#rejectionsAnywhere(object).size === 0;
    if (isWhole) return this.reports.status(object);
    const status = this.of(object);
    return status === undefined ? undefined : JSON.stringify(status);
  }

  /** Takes the reason why translation of a unit fails; undefined: it does no longer. */
  failed(unit: UnitName, message: string | undefined): void {
    this.mayDiffer(this.#failures.set(unit, message));
  }

  /** Says why proxies that are connected here reject what was made of the object. */
  rejections(object: ResourceKey): RejectionsOfObject {
    return this.#rejections.of(object);
  }

  /** Version of the Gateway's Listeners if a proxy that is connected here has ACKed each of them as it is now. */
  acknowledged(gateway: string): string | undefined {
    const fleet = fleetOf(gateway);
    return this.#listenersVersion(gateway, (listener) => this.#ports.has(fleet, typeUrl.listener, listener));
  }

  /** Restates the Gateways of a fleet: something else may be known of its proxies. */
  proxiesDiffer(fleet: FleetKey): void {
    for (const gateway of gatewaysOf(fleet)) this.mayDiffer(gateway);
  }

  /** The status of a Gateway may be different now. `name` begins with `namespace/gateway`. */
  gatewayDiffers(name: string): void {
    const [namespace = '', gateway = ''] = name.split('/');
    this.mayDiffer(resourceKey('Gateway', namespace, gateway));
  }

  /** Proxies may have or reject something else of the object now. One that has no report has no status. */
  mayDiffer(object: ResourceKey): void {
    if (this.reports.status(object) !== undefined) this.#ports.onStatus(object);
  }

  /** A fleet's view has been published; O(1) unless its proxies reject something. */
  published(fleet: FleetKey, hasNewListeners: boolean): void {
    if (hasNewListeners) this.proxiesDiffer(fleet);
    if (this.#rejections.has(fleet)) this.findRejections(fleet);
  }

  /** Finds the objects for which proxies of the fleet reject something. Rare, so it may search. */
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

  /** Version of a Gateway's Listeners, the same on every replica; undefined if it has none, or one is missing or not `good`. */
  #listenersVersion(gateway: string, good: (listener: XdsResource) => boolean): string | undefined {
    const { commit, views } = this.#ports;
    const [namespace = '', name = ''] = gateway.split('/');
    const unit = objectUnit(resourceKey('Gateway', namespace, name));
    const view = views.get(fleetOf(gateway));
    const listeners = [...commit.namesUnder(unit, typeUrl.listener)]
      .sort()
      .map((listener) => view?.get(typeUrl.listener, listener));
    if (listeners.length === 0) return undefined;
    if (!listeners.every((listener) => listener !== undefined && good(listener))) return undefined;
    return contentHash(listeners.map((listener) => `${listener?.name} ${listener?.version}`).join('\n'));
  }

  /** The user's objects whose statuses tell of a rejected resource: those it was made of, or else those that use it. */
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

/** Limit of a proxy’s message in a condition, in characters: enough to find the field. */
const maxMessage = 600;

function rejectionText({ type, name, domain, message }: Rejection): string {
  const part = type === typeUrl.extension ? `plugins ${domain}` : `its routes for ${domain}`;
  const what = domain === undefined ? name : `${part} in ${name}`;
  const line = message.trim().replaceAll(/\s+/g, ' ');
  const short = line.length > maxMessage ? `${line.slice(0, maxMessage)}…` : line;
  return `a proxy rejects ${what}, of which the last good version stays: ${short}`;
}
