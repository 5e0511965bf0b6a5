import { KindRows } from '../../../src/kube/kind-rows.ts';
import { watchedResources } from '../../../src/kube/watched-resource.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';
import { statusManager, type StatusWritten } from '../../../src/kinds/observed-status.ts';
import { ProxyReports } from '../../../src/status/proxy-reports.ts';
import type { StatusPatch } from '../../../src/status/status-patch.ts';
import { StatusWriter } from '../../../src/status/status-writer.ts';
import type { ManualClock } from '../pipeline/manual-clock.ts';
import { controllerName } from '../pipeline/memory-reader.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { statusFailed, type MemoryApi } from './memory-api.ts';
import type { Change } from './object-store.ts';
import { usual } from './status-server.ts';

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

const latencyMs = 5;
export const lateMs = 3000;

/** The API server, the clock and the notes that replicas share. */
interface Surroundings {
  readonly api: MemoryApi;
  readonly clock: ManualClock;
  /** Outcomes of the next writes; after them, `taken`. */
  readonly outcomes: Outcome[];
  written: number;
  /** Notes by replica; they outlive its process. */
  readonly notes: ReadonlyMap<number, string>;
  readonly leader: number | undefined;
  noted(from: number, text: string): void;
}

/** One replica: translation, status writes and notes. It receives events and notes when the test says so. */
export class StatusReplica {
  readonly pipeline: Pipeline;
  isReady = false;
  readonly #around: Surroundings;
  readonly #at: number;
  readonly #writer: StatusWriter;
  readonly #reports: ProxyReports;
  readonly #kinds: ReadonlyMap<string, KindRows>;
  readonly #inbox = new Map<string, Change[]>();
  readonly #unread = new Set<number>();
  #isAlive = true;

  constructor(around: Surroundings, at: number) {
    const { api, clock } = around;
    this.#around = around;
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
        if (this.#isAlive) around.noted(at, text);
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
      for (const object of api.store.list(kind)) rows.list(object);
      this.#apply(rows.endList());
    }
    for (const from of around.notes.keys()) if (from !== at) this.hearNote(from);
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

  hear(change: Change): void {
    const { kind } = change.object;
    this.#inbox.set(kind, [...(this.#inbox.get(kind) ?? []), change]);
  }

  hearNote(from: number): void {
    this.#unread.add(from);
  }

  take(kind: string, count: number): void {
    const changes = this.#inbox.get(kind) ?? [];
    const rows = this.#kinds.get(kind);
    for (const { type, object } of changes.slice(0, count)) {
      const change = type === 'DELETED' ? rows?.delete(object) : rows?.put(object);
      if (change !== undefined) this.#apply([change]);
    }
    const left = changes.slice(count);
    if (left.length === 0) this.#inbox.delete(kind);
    else this.#inbox.set(kind, left);
  }

  takeNotes(): void {
    for (const from of this.#unread)
      this.#reports.receive(`replica-${from}`, 0, this.#around.notes.get(from));
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
    if (this.#around.leader === this.#at) this.#writer.start();
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
    const { api, clock, outcomes } = this.#around;
    if (this.#around.leader !== this.#at || !this.#isAlive) return statusFailed('unavailable');
    const outcome = outcomes.shift() ?? 'taken';
    const take = (): StatusWritten => {
      const result = api.writeStatus(object, patch, statusManager(controllerName));
      if (result.kind === 'written') this.#around.written++;
      return result;
    };
    const answer = Promise.withResolvers<StatusWritten>();
    signal.addEventListener('abort', () => answer.resolve(statusFailed('unavailable')), { once: true });
    if (outcome === 'late') clock.after(lateMs, () => void take());
    else if (outcome !== 'lost')
      clock.after(latencyMs, () => {
        const result = outcome === 'taken' || outcome === 'unanswered' ? take() : statusFailed(outcome);
        if (outcome !== 'unanswered') clock.after(latencyMs, () => answer.resolve(result));
      });
    return answer.promise;
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
