import { setImmediate as turn } from 'node:timers/promises';
import { KindRows } from '../../../src/kube/kind-rows.ts';
import { watchedResources } from '../../../src/kube/watched-resource.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';
import { statusManager, type StatusWritten } from '../../../src/kinds/observed-status.ts';
import { ProxyReports } from '../../../src/status/proxy-reports.ts';
import type { StatusPatch } from '../../../src/status/status-patch.ts';
import { StatusWriter } from '../../../src/status/status-writer.ts';
import { DeltaClient } from '../xds/delta-client.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { controllerName } from '../pipeline/memory-reader.ts';
import { MemoryApi, type MemoryEvent } from './memory-api.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { failed, usual } from './status-server.ts';
import { services } from '../xds/xds-types.ts';

export type Outcome =
  | 'taken'
  /** Accepted, and its answer is lost. */
  | 'unanswered'
  /** Never arrives, and no answer comes before the writer gives up. */
  | 'lost'
  /** Arrives seconds after the writer's deadline. */
  | 'late'
  /** 429, 500, 503. */
  | 'unavailable'
  | 'conflict'
  | 'forbidden'
  | 'refused';

export type Behaviour = 'takes' | 'rejects' | 'silent';

const replicaCount = 2;
const latencyMs = 5;
const lateMs = 3000;

/** Replicas on one API server, and their proxies. Events, notes and writes travel when the test says so. */
export class StatusFleet {
  readonly api = new MemoryApi();
  readonly clock = new ManualClock();
  readonly proxies: readonly Proxy[];
  /** Outcomes of the next writes; after them, `taken`. */
  outcomes: Outcome[] = [];
  written = 0;
  /** Notes by replica; they outlive its process. */
  readonly notes = new Map<number, string>();
  leader: number | undefined = 0;
  readonly #replicas: (Replica | undefined)[] = [];

  /** Two proxies for each Gateway, not connected yet. */
  constructor(gateways: readonly string[]) {
    this.proxies = gateways.flatMap((gateway) =>
      ['a', 'b'].map((id) => new Proxy(gateway, `${gateway}-${id}`)),
    );
    this.api.onEvent = (event) => this.#replicas.forEach((replica) => replica?.hear(event));
  }

  replica(at: number): Replica | undefined {
    return this.#replicas[at];
  }

  start(at: number): void {
    this.#replicas[at] ??= new Replica(this, at);
  }

  /** As by SIGKILL: a write under way may arrive. */
  async kill(at: number): Promise<void> {
    const replica = this.#replicas[at];
    this.#replicas[at] = undefined;
    for (const proxy of this.proxies) if (proxy.at === at) proxy.disconnect();
    if (this.leader === at) this.leader = undefined;
    await replica?.end();
  }

  lead(at: number | undefined): void {
    if (at === this.leader) return;
    const before = this.leader;
    this.leader = at;
    if (before !== undefined) this.#replicas[before]?.elected(false);
    if (at !== undefined) this.#replicas[at]?.elected(true);
  }

  connect(proxy: Proxy, at: number, keepsState: boolean): void {
    const replica = this.#replicas[at];
    if (replica?.isReady === true) proxy.connect(replica.pipeline, at, keepsState);
  }

  noted(from: number, text: string): void {
    this.notes.set(from, text);
    this.#replicas.forEach((replica, at) => at !== from && replica?.hearNote(from));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceBy(ms);
    await turns(6);
  }

  /** Delivers everything, with its faults; then without, for longer than any wait. */
  async finish(): Promise<void> {
    await this.#settle();
    await this.pass(lateMs);
    this.outcomes = [];
    for (const proxy of this.proxies) {
      // A process never accepts bytes that it has rejected, so a new one must try.
      if (proxy.hasRejected) proxy.disconnect();
      proxy.setBehaviour('takes');
    }
    for (let at = 0; at < replicaCount; at++) this.start(at);
    await this.#settle();
    this.lead(this.leader ?? 0);
    for (const [i, proxy] of this.proxies.entries()) {
      if (proxy.at === undefined) this.connect(proxy, i % replicaCount, false);
    }
    for (let minute = 0; minute < 3; minute++) {
      await this.#settle();
      for (let second = 0; second < 5; second++) await this.pass(1000);
      await this.pass(60_000);
    }
    await this.#settle();
  }

  async close(): Promise<void> {
    for (let at = 0; at < replicaCount; at++) await this.kill(at);
  }

  async #settle(): Promise<void> {
    let still = 0;
    for (let round = 0; still < 6; round++) {
      if (round > 5000) throw new Error('still busy');
      for (const replica of this.#replicas) replica?.hearAll();
      await turn();
      const isBusy =
        this.#replicas.some((replica) => replica?.isIdle === false) ||
        this.proxies.some((proxy) => !proxy.isIdle);
      still = isBusy ? 0 : still + 1;
    }
  }
}

export class Replica {
  readonly pipeline: Pipeline;
  isReady = false;
  readonly #fleet: StatusFleet;
  readonly #at: number;
  readonly #writer: StatusWriter;
  readonly #reports: ProxyReports;
  readonly #kinds: ReadonlyMap<string, KindRows>;
  readonly #inbox = new Map<string, MemoryEvent[]>();
  readonly #unread = new Set<number>();
  #isAlive = true;

  constructor(fleet: StatusFleet, at: number) {
    const { api, clock } = fleet;
    this.#fleet = fleet;
    this.#at = at;
    this.pipeline = new Pipeline({
      clock,
      onStatus: (object) => {
        this.#writer.changed(object);
        this.#tell(object);
      },
      isAcknowledgedElsewhere: (gateway, version) => this.#reports.has(gateway, version),
      rejectedElsewhere: (object) => this.#reports.rejected(object),
    });
    const { controller, log } = this.pipeline;
    this.#writer = new StatusWriter(usual, {
      log,
      clock,
      controllerName: () => controllerName,
      wanted: (object) => controller.wantedStatus(object),
      write: (object, patch, signal) => this.#write(object, patch, signal),
      backOff: (pace) => (pace === 'fast' ? steadyBackOff(100, 5000) : steadyBackOff(1000, 60_000)),
    });
    this.#reports = new ProxyReports({
      clock,
      backOff: steadyBackOff(100, 5000),
      publish: ([text = '']) => {
        if (this.#isAlive) fleet.noted(at, text);
        return Promise.resolve(this.#isAlive);
      },
      onListeners: (gateway) => controller.gatewayDiffers(gateway),
      onRejection: (object) => controller.statusMayDiffer(object),
      onProblem: (gateway) => controller.gatewayDiffers(gateway),
    });
    this.#kinds = new Map(
      watchedResources.map((resource) => {
        const onObserved = this.#writer.observed.bind(this.#writer);
        return [resource.kind, new KindRows(resource, { onUnreadable: () => {}, onObserved })];
      }),
    );
    for (const [kind, rows] of this.#kinds) {
      rows.beginList();
      for (const object of api.objects.values()) if (object.kind === kind) rows.list(object);
      this.#apply(rows.endList());
    }
    for (const from of fleet.notes.keys()) if (from !== at) this.hearNote(from);
    controller.sourcesComplete();
    void controller.ready.then(() => this.#start());
  }

  get isIdle(): boolean {
    return this.isReady && this.pipeline.controller.backlog === 0 && this.#inbox.size === 0;
  }

  /** Kinds with events that it has not received. */
  unheard(): string[] {
    return [...this.#inbox.keys()];
  }

  hear(event: MemoryEvent): void {
    const { kind } = event.object;
    this.#inbox.set(kind, [...(this.#inbox.get(kind) ?? []), event]);
  }

  hearNote(from: number): void {
    this.#unread.add(from);
  }

  take(kind: string, count: number): void {
    const events = this.#inbox.get(kind) ?? [];
    const rows = this.#kinds.get(kind);
    for (const { kind: what, object } of events.slice(0, count)) {
      const change = what === 'put' ? rows?.put(object) : rows?.delete(object);
      if (change !== undefined) this.#apply([change]);
    }
    const left = events.slice(count);
    if (left.length === 0) this.#inbox.delete(kind);
    else this.#inbox.set(kind, left);
  }

  takeNotes(): void {
    for (const from of this.#unread) this.#reports.receive(`replica-${from}`, 0, this.#fleet.notes.get(from));
    this.#unread.clear();
  }

  hearAll(): void {
    for (const kind of this.unheard()) this.take(kind, Infinity);
    this.takeNotes();
  }

  elected(isLeader: boolean): void {
    if (!this.isReady) return;
    if (isLeader) this.#writer.start();
    else void this.#writer.stop();
  }

  async end(): Promise<void> {
    this.#isAlive = false;
    this.#reports.close();
    await this.#writer.stop();
    await this.pipeline.close();
  }

  #apply(changes: Parameters<Pipeline['controller']['apply']>[0]): void {
    if (changes.length > 0) this.pipeline.controller.apply(changes);
  }

  #start(): void {
    if (!this.#isAlive) return;
    this.isReady = true;
    this.#reports.start();
    if (this.#fleet.leader === this.#at) this.#writer.start();
  }

  /** As `Replicas` of `src/command` does. */
  #tell(object: ResourceKey): void {
    const { controller } = this.pipeline;
    this.#reports.setRejected(object, controller.rejections(object));
    const [kind, ...name] = object.split('/');
    if (kind !== 'Gateway') return;
    const gateway = name.join('/');
    this.#reports.setListeners(gateway, controller.acknowledged(gateway));
  }

  async #write(object: ResourceKey, patch: StatusPatch, signal: AbortSignal): Promise<StatusWritten> {
    const { api, clock, outcomes } = this.#fleet;
    if (this.#fleet.leader !== this.#at || !this.#isAlive) return failed('unavailable');
    const outcome = outcomes.shift() ?? 'taken';
    const take = (): StatusWritten => {
      const result = api.writeStatus(object, patch, statusManager(controllerName));
      if (result.kind === 'written') this.#fleet.written++;
      return result;
    };
    const answer = Promise.withResolvers<StatusWritten>();
    signal.addEventListener('abort', () => answer.resolve(failed('unavailable')), { once: true });
    if (outcome === 'late') clock.after(lateMs, () => void take());
    else if (outcome !== 'lost')
      clock.after(latencyMs, () => {
        const result = outcome === 'taken' || outcome === 'unanswered' ? take() : failed(outcome);
        if (outcome !== 'unanswered') clock.after(latencyMs, () => answer.resolve(result));
      });
    return answer.promise;
  }
}

export class Proxy {
  readonly gateway: string;
  readonly id: string;
  at: number | undefined;
  hasRejected = false;
  #behaviour: Behaviour = 'takes';
  #client: DeltaClient | undefined;

  constructor(gateway: string, id: string) {
    this.gateway = gateway;
    this.id = id;
  }

  get isIdle(): boolean {
    return this.#client?.idle ?? true;
  }

  /** `keepsState`: the same process as before. */
  connect(pipeline: Pipeline, at: number, keepsState: boolean): void {
    const before = this.#client;
    this.disconnect();
    const { gateway, id } = this;
    const restore = keepsState && before !== undefined ? { restore: before } : {};
    const client = new DeltaClient(pipeline.dial, { gateway, id, ...restore });
    if (!keepsState) this.hasRejected = false;
    client.reject = () => {
      if (this.#behaviour !== 'rejects') return undefined;
      this.hasRejected = true;
      return 'no';
    };
    this.#client = client;
    this.at = at;
    this.setBehaviour(this.#behaviour);
  }

  disconnect(): void {
    if (this.at !== undefined) this.#client?.close();
    this.at = undefined;
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    for (const service of services) {
      if (behaviour === 'silent') this.#client?.hold(service);
      else if (this.#client?.holds(service) === true) this.#client.release(service);
    }
  }
}

/** Without jitter: the same seed gives the same run. */
function steadyBackOff(firstMs: number, maxMs: number): { nextMs(): number; reset(): void } {
  let attempts = 0;
  return {
    nextMs: () => Math.min(maxMs, firstMs * 2 ** attempts++),
    reset: () => (attempts = 0),
  };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
