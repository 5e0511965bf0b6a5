import { stackText } from '../lib/failure.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import type { Infrastructure, WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { OwnedObject } from '../kinds/owned-object.ts';
import { GatewayObjects } from './gateway-objects.ts';
import type { InfrastructureKeeperPorts } from './infrastructure-keeper-ports.ts';
import { noAnswer, notYet, slowDown, type Failure, type KeptGateway } from './kept-gateway.ts';
import { fleetOfObject, keyOf, SeenObjects } from './seen-objects.ts';

/** Gateways at a time, with one request at a time for each: enough to hide the API server's latency. */
const parallel = 4;

/** Longer collects more steps of an edit, shorter follows it sooner; revise by sluice_infrastructure_writes_total. */
const intervalMs = 500;

/** Between two checks of all certificates; one is renewed two days before it ends. */
const refreshMs = 3_600_000;

/** Time to delete the objects of a Gateway that Sluice no longer runs. Later leaders leave them to their owner. */
const removedMs = 600_000;

/** A run that hangs gives its slot to another. Longer than a working API server takes for all requests. */
const runDeadlineMs = 120_000;

/**
 * Keeps the objects that run the proxies of each Gateway as they should be, against changes by others. Level-triggered:
 * names of Gateways wait, and each Gateway is compared again just before it is written.
 * Writes nothing before `start` or after `stop`. A Gateway that fails is tried again without end, and delays no other.
 * Only objects of a Gateway that `set` has removed are deleted: one that was never set may have another owner.
 */
export class InfrastructureKeeper {
  readonly #ports: InfrastructureKeeperPorts;
  readonly #seen = new SeenObjects();
  readonly #wanted = new Map<FleetKey, KeptGateway>();
  /** Times of removal, oldest first. */
  readonly #removed = new Map<FleetKey, number>();
  readonly #dirty = new Set<FleetKey>();
  readonly #waiting = new Map<FleetKey, () => void>();
  readonly #running = new Map<FleetKey, Promise<void>>();
  /** Last problem of the API server as a whole, logged once until a request succeeds. */
  #logged = '';
  #session: AbortController | undefined;
  #cancelRefresh = nothing;
  #cancelPass: (() => void) | undefined;

  constructor(ports: InfrastructureKeeperPorts) {
    this.#ports = ports;
  }

  /** Called when every Gateway was translated once, and best after existing objects were observed. */
  start(): void {
    if (this.#session !== undefined) return;
    this.#session = new AbortController();
    this.#forgetRemoved();
    this.#refreshLater();
    this.refresh();
  }

  /** Resolves when no run is under way. Forgets observed objects: the watch reports them to the next leader. */
  async stop(): Promise<void> {
    this.#session?.abort(new Error('stopped'));
    this.#session = undefined;
    this.#cancelRefresh();
    this.#cancelPass?.();
    this.#cancelPass = undefined;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#dirty.clear();
    this.#seen.clear();
    for (const [fleet, { infrastructure }] of this.#wanted)
      this.#wanted.set(fleet, this.#want(infrastructure));
    this.#reportBacklog();
    await Promise.all(this.#running.values());
  }

  /** Undefined: Sluice no longer runs the fleet. */
  set(fleet: FleetKey, wanted: WantedInfrastructure | undefined): void {
    const known = this.#wanted.get(fleet);
    if (wanted === undefined) {
      if (known === undefined) return;
      this.#removed.set(fleet, this.#ports.clock.now());
      this.#forgetRemoved();
    } else {
      this.#removed.delete(fleet);
      if (wanted.kind === 'keep') return;
      if (known === undefined) this.#wanted.set(fleet, this.#want(wanted.infrastructure));
      else known.infrastructure = wanted.infrastructure;
    }
    this.#schedule(fleet);
  }

  /** Called for each object that the watch reports. */
  observed(object: OwnedObject): void {
    const key = keyOf(object);
    const before = this.#seen.get(key);
    this.#seen.put(object);
    this.#onSeen(before && fleetOfObject(before), key);
    this.#onSeen(fleetOfObject(object), key);
  }

  deleted(key: ResourceKey): void {
    const before = this.#seen.get(key);
    this.#seen.delete(key);
    this.#onSeen(before && fleetOfObject(before), key);
  }

  /** Called when the Site or the CA may have changed: all Gateways depend on them. */
  refresh(): void {
    for (const fleet of this.#wanted.keys()) this.#schedule(fleet);
  }

  #onSeen(fleet: FleetKey | undefined, key: ResourceKey): void {
    const wanted = fleet === undefined ? undefined : this.#wanted.get(fleet);
    if (fleet !== undefined && wanted?.objects.differs(key) === true) this.#schedule(fleet);
  }

  #want(infrastructure: Infrastructure): KeptGateway {
    const { objects, clientCertificate, onApplied, log } = this.#ports;
    const wanted: KeptGateway = {
      infrastructure,
      objects: new GatewayObjects({
        seen: this.#seen,
        objects,
        clientCertificate,
        onApplied: (kind, result) => onApplied?.(kind, result),
        onDrift: (object) => {
          wanted.hasDrifted = true;
          log.info({ ...object }, 'changed by somebody else, and applied again');
        },
      }),
      notBeforeMs: -Infinity,
      hasDrifted: false,
      hasProblem: false,
      contention: undefined,
      failing: undefined,
    };
    return wanted;
  }

  #refreshLater(): void {
    this.#cancelRefresh = this.#ports.clock.after(refreshMs, () => {
      this.refresh();
      this.#refreshLater();
    });
  }

  #forgetRemoved(): void {
    const limit = this.#ports.clock.now() - removedMs;
    for (const [fleet, atMs] of this.#removed) if (atMs < limit) this.#forget(fleet);
  }

  #forget(fleet: FleetKey): void {
    this.#removed.delete(fleet);
    this.#wanted.delete(fleet);
    this.#dirty.delete(fleet);
    this.#unwait(fleet);
  }

  /** Ends a slow wait early: after a change the API server may accept what it refused. */
  #schedule(fleet: FleetKey): void {
    const wanted = this.#wanted.get(fleet);
    if (wanted === undefined || this.#session === undefined) return;
    if (wanted.failing?.pace === 'slow') {
      wanted.notBeforeMs = Math.min(wanted.notBeforeMs, this.#ports.clock.now() + intervalMs);
      this.#unwait(fleet);
    }
    if (!this.#waiting.has(fleet)) this.#dirty.add(fleet);
    this.#passSoon();
    this.#reportBacklog();
  }

  #unwait(fleet: FleetKey): void {
    this.#waiting.get(fleet)?.();
    this.#waiting.delete(fleet);
  }

  #wait(fleet: FleetKey, delayMs: number): void {
    this.#unwait(fleet);
    this.#dirty.delete(fleet);
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#waiting.delete(fleet);
      this.#dirty.add(fleet);
      this.#passSoon();
    });
    this.#waiting.set(fleet, cancel);
  }

  #passSoon(): void {
    this.#cancelPass ??= this.#ports.clock.after(0, () => {
      this.#cancelPass = undefined;
      this.#pass();
    });
  }

  #pass(): void {
    const session = this.#session;
    if (session === undefined) return;
    for (const fleet of this.#dirty) {
      if (this.#running.size >= parallel) break;
      const wanted = this.#wanted.get(fleet);
      // Checked again when its run ends.
      if (this.#running.has(fleet)) continue;
      this.#dirty.delete(fleet);
      if (wanted === undefined) continue;
      const delayMs = wanted.notBeforeMs - this.#ports.clock.now();
      if (delayMs > 0) {
        this.#wait(fleet, delayMs);
        continue;
      }
      const run = this.#run(fleet, wanted, session.signal).finally(() => {
        this.#running.delete(fleet);
        this.#passSoon();
      });
      this.#running.set(fleet, run);
    }
    this.#reportBacklog();
  }

  async #run(fleet: FleetKey, wanted: KeptGateway, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    wanted.notBeforeMs = clock.now() + intervalMs;
    wanted.hasDrifted = false;
    const isRemoved = this.#removed.has(fleet);
    const deadline = new AbortController();
    const cancel = clock.after(runDeadlineMs, () => deadline.abort(new Error('no answer')));
    const failure = await this.#bringUp(wanted, isRemoved, AbortSignal.any([signal, deadline.signal]));
    cancel();
    if (signal.aborted) return;
    if (wanted.hasDrifted) slowDown(wanted, this.#ports);
    if (deadline.signal.aborted) this.#onFailed(fleet, wanted, { ...noAnswer, ...failure });
    else if (failure !== undefined) this.#onFailed(fleet, wanted, failure);
    else this.#onDone(fleet, wanted, isRemoved);
  }

  async #bringUp(wanted: KeptGateway, isRemoved: boolean, signal: AbortSignal): Promise<Failure | undefined> {
    const { infrastructure, objects } = wanted;
    try {
      if (isRemoved) return await objects.delete(infrastructure, signal);
      const site = this.#ports.site();
      return site === undefined ? notYet : await objects.apply(infrastructure, site, signal);
    } catch (error) {
      const { namespace, gateway } = infrastructure;
      const message = 'a bug in Sluice: the proxies stay as they are';
      this.#ports.log.error({ gateway: `${namespace}/${gateway}`, error: stackText(error) }, message);
      return { reason: 'bug', message, retryAfterMs: 0 };
    }
  }

  #onDone(fleet: FleetKey, wanted: KeptGateway, isRemoved: boolean): void {
    this.#logged = '';
    wanted.failing = undefined;
    if (wanted.hasProblem) this.#ports.onProblem?.(fleet, undefined);
    wanted.hasProblem = false;
    // `set` may have added the Gateway again meanwhile.
    if (isRemoved && this.#removed.has(fleet)) this.#forget(fleet);
    else if (!wanted.objects.isSettled) this.#schedule(fleet);
  }

  #onFailed(fleet: FleetKey, wanted: KeptGateway, failure: Failure): void {
    const { reason, message, retryAfterMs } = failure;
    const isFast = reason === 'unavailable' || reason === 'conflict';
    const pace = isFast ? 'fast' : 'slow';
    if (wanted.failing?.pace !== pace)
      wanted.failing = { pace, backOff: this.#ports.backOff(pace), logged: '' };
    const { failing } = wanted;
    const delayMs = failing.backOff.nextMs(retryAfterMs);
    wanted.notBeforeMs = Math.max(wanted.notBeforeMs, this.#ports.clock.now() + delayMs);
    this.#wait(fleet, wanted.notBeforeMs - this.#ports.clock.now());
    if (failing.logged === message) return;
    failing.logged = message;
    this.#log(fleet, wanted, failure);
  }

  /** Logs a problem of a Gateway once for it, and one of all Gateways once until a request succeeds. */
  #log(fleet: FleetKey, wanted: KeptGateway, { object, reason, message }: Failure): void {
    const { log, onProblem } = this.#ports;
    const text = `the proxies cannot be run as they should be, which is tried again: ${message}`;
    const fields = { gateway: fleet, reason, ...(object && { object: keyOf(object) }) };
    if (reason === 'refused' || reason === 'forbidden') {
      wanted.hasProblem = true;
      onProblem?.(fleet, message);
      log.warn(fields, text);
    } else if (reason === 'unavailable' && this.#logged !== message) {
      this.#logged = message;
      log.warn(fields, text);
    } else log.debug(fields, text);
  }

  #reportBacklog(): void {
    this.#ports.onBacklog?.(this.#dirty.size + this.#waiting.size + this.#running.size);
  }
}

function nothing(): void {}
