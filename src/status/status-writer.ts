import { setImmediate as nextTurn } from 'node:timers/promises';
import { FairQueue } from '../lib/fair-queue.ts';
import { stackText } from '../lib/failure.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObservedStatus, StatusWritten } from '../kinds/observed-status.ts';
import { dueMs, noteWrite } from './count-pace.ts';
import { Pace } from './pace.ts';
import { isNewer, newEntry, observe, type StatusEntry } from './status-entry.ts';
import { statusDifference } from './status-difference.ts';
import type { StatusPatch } from './status-patch.ts';
import type { StatusWriterOptions, StatusWriterPorts } from './status-writer-ports.ts';
import { WriteFaults } from './write-faults.ts';

/**
 * Time in which marks of one wave, and ACKs of one fleet, are gathered, so that a Gateway is compared once for all.
 * Longer saves comparisons, shorter writes sooner; revise by sluice_status_lag_seconds.
 */
const passMs = 10;

/** Time that comparisons take the main thread before endpoints and proxies have a turn. */
const sliceMs = 8;

/** A write without an answer gives its slot away after this: longer than any working API server takes. */
const writeDeadlineMs = 30_000;

/**
 * Makes the observed status of every object the wanted one. Names are queued, and compared again just before the
 * write, so that many changes become one write. Namespaces take turns.
 *
 * Nothing is written before `start` or after `stop`. A failed write is tried again without end, and takes its slot
 * only until its answer.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #ports: StatusWriterPorts;
  readonly #pace: Pace;
  readonly #entries = new Map<ResourceKey, StatusEntry>();
  readonly #dirty = new FairQueue<ResourceKey>();
  /** Objects that wait for their next write, with the function that cancels the wait. */
  readonly #waiting = new Map<ResourceKey, () => void>();
  readonly #writing = new Set<Promise<void>>();
  readonly #faults: WriteFaults;
  #session: AbortController | undefined;
  #passing = false;
  #passAgain = false;
  #nextPass: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: StatusWriterOptions, ports: StatusWriterPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#faults = new WriteFaults(ports.log);
    this.#pace = new Pace(options.writesPerSecond, ports.clock.now());
  }

  /** Starts to write, first all that differs. Call it when every object has been translated once. */
  start(): void {
    if (this.#session !== undefined) return;
    this.#session = new AbortController();
    for (const [object, entry] of this.#entries) this.#mark(object, entry);
  }

  /** Resolves when nothing is under way. Observed statuses are kept for the next `start`. */
  async stop(): Promise<void> {
    this.#session?.abort(new Error('stopped'));
    this.#session = undefined;
    this.#nextPass?.cancel();
    this.#nextPass = undefined;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#dirty.drain();
    for (const entry of this.#entries.values()) entry.dirtySince = undefined;
    await Promise.all(this.#writing);
    for (const entry of this.#entries.values()) entry.failing = undefined;
    this.#reportBacklog();
  }

  /** Returns the number of objects of each namespace that wait. */
  backlogs(): Iterable<readonly [string, number]> {
    const sizes = new Map<string, number>();
    for (const [queue, size] of this.#dirty.sizes()) {
      const [namespace = ''] = queue.split(' ');
      sizes.set(namespace, (sizes.get(namespace) ?? 0) + size);
    }
    return sizes;
  }

  changed(object: ResourceKey): void {
    this.#compareSoon(object);
  }

  /** Called with the API server's state of the object; undefined: it is deleted. */
  observed(object: ResourceKey, observed: ObservedStatus | undefined): void {
    if (observed === undefined) return this.#forget(object);
    const entry = this.#entries.get(object);
    if (entry === undefined) this.#entries.set(object, newEntry(observed));
    // The echo of Sluice's own write, or an older event.
    else if (!isNewer(observed, entry.observed)) return;
    else observe(entry, observed);
    this.#compareSoon(object);
  }

  #forget(object: ResourceKey): void {
    this.#entries.delete(object);
    this.#dirty.delete(queueOf(object), object);
    this.#unwait(object);
    this.#reportBacklog();
  }

  /** Ends a slow wait: after a change the API server may take what it refused before. */
  #compareSoon(object: ResourceKey): void {
    const entry = this.#entries.get(object);
    if (entry === undefined || this.#session === undefined) return;
    entry.changedMs = this.#ports.clock.now();
    if (entry.failing?.pace === 'slow') {
      entry.notBeforeMs = entry.writtenMs + this.#options.objectIntervalMs;
      this.#unwait(object);
    }
    this.#mark(object, entry);
  }

  #mark(object: ResourceKey, entry: StatusEntry): void {
    if (this.#waiting.has(object)) return;
    if (entry.dirtySince === undefined) this.#queue(object, entry, this.#ports.clock.now());
    this.#passIn(passMs);
  }

  #queue(object: ResourceKey, entry: StatusEntry, since: number): void {
    entry.dirtySince = since;
    this.#dirty.add(queueOf(object), object);
  }

  #unwait(object: ResourceKey): void {
    this.#waiting.get(object)?.();
    this.#waiting.delete(object);
  }

  #wait(object: ResourceKey, entry: StatusEntry, since: number, delayMs: number): void {
    entry.dirtySince = undefined;
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#waiting.delete(object);
      this.#queue(object, entry, since);
      this.#passIn(0);
    });
    this.#waiting.set(object, cancel);
  }

  #passIn(delayMs: number): void {
    const { clock } = this.#ports;
    const atMs = clock.now() + delayMs;
    if (this.#session === undefined || (this.#nextPass !== undefined && this.#nextPass.atMs <= atMs)) return;
    this.#nextPass?.cancel();
    const cancel = clock.after(delayMs, () => {
      this.#nextPass = undefined;
      return this.#pass();
    });
    this.#nextPass = { atMs, cancel };
  }

  /** Compares dirty objects in slices; when it stops half-way, another pass follows. */
  async #pass(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    if (this.#passing) {
      this.#passAgain = true;
      return;
    }
    this.#passing = true;
    const { clock } = this.#ports;
    let sliceStart = clock.now();
    while (this.#dirty.size > 0 && this.#writing.size < this.#options.parallel) {
      const waitMs = this.#pace.waitMs(clock.now());
      if (waitMs > 0) {
        this.#passIn(waitMs);
        break;
      }
      const object = this.#dirty.take();
      if (object !== undefined) this.#compare(object, session.signal);
      if (clock.now() - sliceStart < sliceMs) continue;
      await nextTurn();
      if (session.signal.aborted) break;
      sliceStart = clock.now();
    }
    this.#passing = false;
    if (this.#passAgain) this.#passIn(0);
    this.#passAgain = false;
    this.#reportBacklog();
  }

  /** Compares one object, and starts its write when that is due. */
  #compare(object: ResourceKey, signal: AbortSignal): void {
    const entry = this.#entries.get(object);
    // The answer to the write under way comes first.
    if (entry?.dirtySince === undefined || entry.isWriting) return;
    const since = entry.dirtySince;
    entry.dirtySince = undefined;
    const patch = statusDifference(object, entry, this.#ports);
    if (patch === undefined) {
      entry.failing = undefined;
      return;
    }
    const delayMs = dueMs(entry, patch, this.#options.objectIntervalMs) - this.#ports.clock.now();
    if (delayMs > 0) return this.#wait(object, entry, since, delayMs);
    this.#pace.take();
    const writing = this.#write(object, entry, patch, since, signal).finally(() =>
      this.#writing.delete(writing),
    );
    this.#writing.add(writing);
  }

  async #write(
    object: ResourceKey,
    entry: StatusEntry,
    patch: StatusPatch,
    since: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, onWritten } = this.#ports;
    const startMs = clock.now();
    entry.isWriting = true;
    noteWrite(entry, patch, this.#options.objectIntervalMs, startMs);
    const written = await this.#send(object, patch, signal);
    entry.isWriting = false;
    // Also for a session that started meanwhile.
    if (entry.dirtySince !== undefined) this.#queue(object, entry, entry.dirtySince);
    if (signal.aborted) return this.#passIn(0);
    const nowMs = clock.now();
    const result = written.kind === 'written' ? 'written' : written.reason;
    onWritten?.(splitResourceKey(object).kind, result, nowMs - startMs, nowMs - since);
    if (written.kind === 'written') this.#onWritten(object, entry, written.observed);
    else if (this.#entries.get(object) === entry) this.#onFailed(object, entry, since, written);
    this.#passIn(0);
  }

  async #send(object: ResourceKey, patch: StatusPatch, signal: AbortSignal): Promise<StatusWritten> {
    const { clock, write } = this.#ports;
    const deadline = new AbortController();
    const cancel = clock.after(writeDeadlineMs, () => deadline.abort(new Error('no answer')));
    try {
      return await write(object, patch, AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      return { kind: 'failed', reason: 'unavailable', message: stackText(error), retryAfterMs: 0 };
    } finally {
      cancel();
    }
  }

  /** The answer is the newest observation, so changes made meanwhile need not wait for its echo. */
  #onWritten(object: ResourceKey, entry: StatusEntry, observed: ObservedStatus): void {
    if (isNewer(observed, entry.observed)) observe(entry, observed);
    entry.failing = undefined;
    entry.notBeforeMs = entry.writtenMs + this.#options.objectIntervalMs;
    this.#faults.ended(splitResourceKey(object).kind);
  }

  #onFailed(
    object: ResourceKey,
    entry: StatusEntry,
    since: number,
    { reason, message, retryAfterMs }: Extract<StatusWritten, { kind: 'failed' }>,
  ): void {
    const pace = reason === 'conflict' || reason === 'unavailable' ? 'fast' : 'slow';
    if (entry.failing?.pace !== pace)
      entry.failing = { pace, backOff: this.#ports.backOff(pace), logged: '' };
    const { failing } = entry;
    const delayMs = failing.backOff.nextMs(retryAfterMs);
    entry.notBeforeMs = this.#ports.clock.now() + delayMs;
    this.#dirty.delete(queueOf(object), object);
    this.#wait(object, entry, since, delayMs);
    if (failing.logged === reason) return;
    failing.logged = reason;
    this.#faults.failed(object, reason, message);
  }

  #reportBacklog(): void {
    this.#ports.onBacklog?.(this.#dirty.size + this.#waiting.size + this.#writing.size);
  }
}

/** Gateways of a namespace do not wait behind its routes, whose number they show. */
function queueOf(object: ResourceKey): string {
  const { kind, namespace } = splitResourceKey(object);
  return kind === 'Gateway' ? `${namespace} ${kind}` : namespace;
}
