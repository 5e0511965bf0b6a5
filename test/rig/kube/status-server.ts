import type { ResourceKey } from '../../../src/lib/key.ts';
import { BackOff } from '../../../src/kube/back-off.ts';
import {
  observedStatus,
  type ObservedStatus,
  type StatusWritten,
} from '../../../src/kinds/observed-status.ts';
import type { StatusPatch } from '../../../src/status/status-patch.ts';
import { StatusWriter } from '../../../src/status/status-writer.ts';
import type { StatusWriterOptions, WantedStatus } from '../../../src/status/status-writer-ports.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { SilentLog } from '../pipeline/silent-log.ts';
import { statusFailed, statusWritten, type StatusFailure } from './memory-api.ts';
import { ObjectStore } from './object-store.ts';

export const usual: StatusWriterOptions = { writesPerSecond: 400, parallel: 8, objectIntervalMs: 1000 };

/** Answers other than success. `hang`: nothing until `release` or an abort, which `hang on` ignores. */
export type Answer = StatusFailure | 'hang' | 'hang on' | undefined;

/** A StatusWriter, and statuses in memory; a write needs the newest version. */
export class StatusServer {
  readonly clock = new ManualClock();
  readonly log = new SilentLog();
  readonly wanted = new Map<ResourceKey, WantedStatus>();
  readonly store = new ObjectStore();
  readonly attempts: { readonly object: ResourceKey; readonly atMs: number }[] = [];
  readonly results: string[] = [];
  answer: (object: ResourceKey, patch: StatusPatch) => Answer = () => undefined;
  /** False: the watch does not report writes. */
  echo = true;
  /** Changes a status before it is kept, as a CRD does. */
  prune: (status: object) => object = (status) => status;
  backlog = 0;
  underWay = 0;
  mostUnderWay = 0;
  readonly writer: StatusWriter;
  #hanging: (() => void)[] = [];

  constructor(options: StatusWriterOptions = usual) {
    this.writer = new StatusWriter(options, {
      log: this.log,
      clock: this.clock,
      controllerName: () => 'ours',
      wanted: (object) => this.wanted.get(object) ?? { kind: 'unknown' },
      write: (object, patch, signal) => this.#write(object, patch, signal),
      backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(1000, 60_000)),
      onWritten: (_kind, result) => this.results.push(result),
      onBacklog: (objects) => (this.backlog = objects),
    });
  }

  /** A new version; the status stays unless one is given. */
  put(object: ResourceKey, status?: unknown): void {
    this.change(object, status);
    this.writer.observed(object, this.observed(object));
  }

  /** As `put`, but the watch does not report it. */
  change(object: ResourceKey, status?: unknown): void {
    const metadata = { generation: 1 };
    this.store.put(object, status === undefined ? { metadata } : { metadata, status });
  }

  observed(object: ResourceKey): ObservedStatus | undefined {
    return observedStatus(this.store.get(object));
  }

  delete(object: ResourceKey): void {
    this.store.delete(object);
    this.writer.observed(object, undefined);
  }

  want(object: ResourceKey, message: string): void {
    this.wanted.set(object, { kind: 'status', text: JSON.stringify(routeStatus(message)) });
    this.writer.changed(object);
  }

  said(object: ResourceKey): string | undefined {
    const text = this.observed(object)?.status;
    if (text === undefined) return undefined;
    const { parents } = JSON.parse(text) as { parents: { conditions: { message: string }[] }[] };
    return parents[0]?.conditions[0]?.message;
  }

  release(): void {
    for (const answer of this.#hanging.splice(0)) answer();
  }

  async #write(object: ResourceKey, patch: StatusPatch, signal: AbortSignal): Promise<StatusWritten> {
    this.attempts.push({ object, atMs: this.clock.now() });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      const answer = this.answer(object, patch);
      if (answer === 'hang') await this.#hang(signal);
      else if (answer === 'hang on') await this.#hang();
      else if (answer !== undefined) return answer;
      if (signal.aborted) return statusFailed('unavailable');
      return this.#take(object, patch);
    } finally {
      this.underWay--;
    }
  }

  async #hang(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#hanging.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #take(object: ResourceKey, { metadata, status }: StatusPatch): StatusWritten {
    const version = this.store.get(object)?.metadata.resourceVersion;
    const result = this.store.patchStatus(object, { metadata, status: this.prune(status) }, 'ours');
    const isChanged = version !== this.store.get(object)?.metadata.resourceVersion;
    if (this.echo && isChanged) {
      const observed = this.observed(object);
      queueMicrotask(() => this.writer.observed(object, observed));
    }
    return statusWritten(result);
  }
}

/** `lastTransitionTime` is there when it is as an API server has it. */
export function routeStatus(
  message: string,
  controllerName = 'ours',
  lastTransitionTime?: string,
): { parents: object[] } {
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    observedGeneration: 1,
    message,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  };
  return { parents: [{ parentRef: { name: 'gw' }, controllerName, conditions: [condition] }] };
}
