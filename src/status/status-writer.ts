import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import { stackText } from '../lib/failure.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObservedStatus, StatusFault, StatusWritten } from '../kinds/observed-status.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import { Pace } from './pace.ts';
import { apiTime, statusPatch, type StatusPatch } from './status-patch.ts';

export interface StatusWriterOptions {
  readonly writesPerSecond: number;
  /** Writes under way at the same time. */
  readonly parallel: number;
  /** Between two writes of one object. */
  readonly objectIntervalMs: number;
}

/** The status that an object should have. */
export type WantedStatus =
  /** JSON, which is parsed only where it is not what was written last. */
  | { readonly kind: 'status'; readonly text: string }
  /** It is not ours: what we may have written before is to go. */
  | { readonly kind: 'none' }
  /** It is not translated yet, and nothing is to be written. */
  | { readonly kind: 'unknown' };

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Waits between attempts; see `BackOff`. */
interface BackOff {
  nextMs(askedMs?: number): number;
}

/** Collaborators and callbacks of a StatusWriter. */
export interface StatusWriterPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly controllerName: () => string;
  readonly wanted: (object: ResourceKey) => WantedStatus;
  /** Never rejects; an abort is a failed write. */
  readonly write: (object: ResourceKey, patch: StatusPatch, signal: AbortSignal) => Promise<StatusWritten>;
  /** `slow`: for what will only end when somebody changes something. */
  readonly backOff: (pace: 'fast' | 'slow') => BackOff;
  /** Durations in milliseconds; `lagMs` is since the status was first known to differ. */
  readonly onWritten?: (
    kind: string,
    result: 'written' | StatusFault,
    writeMs: number,
    lagMs: number,
  ) => void;
  /** How many objects wait to be looked at or written, or are being written. */
  readonly onBacklog?: (objects: number) => void;
}

/**
 * Marks of one wave, and of the ACKs of one fleet, come together here, so that a Gateway is compared once for all of
 * them. Longer saves comparisons, shorter says sooner what has become of an object; revise by sluice_status_lag_seconds.
 */
const passMs = 10;

/** How long comparisons hold the main thread before endpoints and proxies have a turn. */
const sliceMs = 8;

/** A write without an answer gives its slot to another: longer than any API server that still works takes. */
const writeDeadlineMs = 30_000;

/**
 * Makes the observed status of every object the wanted one. Level-triggered: what queues is names, and each is compared
 * again just before it is written, so that any number of changes meanwhile are one write.
 *
 * Nothing is written before `start` or after `stop`. A write that fails is tried again for ever, alone: it takes a slot
 * for as long as its answer takes, and nothing else from anybody.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #ports: StatusWriterPorts;
  readonly #pace: Pace;
  readonly #entries = new Map<ResourceKey, Entry>();
  /** To be compared, with the time of the first mark. */
  readonly #dirty = new Map<ResourceKey, number>();
  /** Dirty, but not to be written before some time; what cancels the wait. */
  readonly #waiting = new Map<ResourceKey, () => void>();
  readonly #writing = new Set<Promise<void>>();
  /** Faults of a whole kind that were told since a write of it last went well. */
  readonly #told = new Set<string>();
  #session: AbortController | undefined;
  #passing = false;
  /** Something asked for a pass while one was having its turns between slices. */
  #passAgain = false;
  #nextPass: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: StatusWriterOptions, ports: StatusWriterPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#pace = new Pace(options.writesPerSecond, ports.clock.now());
  }

  /** From here on writes, beginning with whatever differs by now. Call it when every object has been translated once. */
  start(): void {
    if (this.#session !== undefined) return;
    this.#session = new AbortController();
    for (const object of this.#entries.keys()) this.#mark(object);
  }

  /** Resolves when nothing is under way any more. What was observed is kept for the next `start`. */
  async stop(): Promise<void> {
    this.#session?.abort(new Error('stopped'));
    this.#session = undefined;
    this.#nextPass?.cancel();
    this.#nextPass = undefined;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#dirty.clear();
    await Promise.all(this.#writing);
    for (const entry of this.#entries.values()) entry.trouble = undefined;
    this.#tellBacklog();
  }

  /** The wanted status of the object may be another now. */
  changed(object: ResourceKey): void {
    this.#hurry(object);
  }

  /** The API server's word on the object; undefined: it is gone. */
  observed(object: ResourceKey, observed: ObservedStatus | undefined): void {
    if (observed === undefined) return this.#forget(object);
    const entry = this.#entries.get(object);
    if (entry === undefined) this.#entries.set(object, newEntry(observed));
    // The echo of our own write, or what came before it.
    else if (!isNewer(observed, entry.observed)) return;
    else observe(entry, observed);
    this.#hurry(object);
  }

  #forget(object: ResourceKey): void {
    this.#entries.delete(object);
    this.#dirty.delete(object);
    this.#unwait(object);
    this.#tellBacklog();
  }

  /** Something about the object is new, so what was refused before may be taken now. */
  #hurry(object: ResourceKey): void {
    const entry = this.#entries.get(object);
    if (entry === undefined || this.#session === undefined) return;
    if (entry.trouble?.pace === 'slow') {
      entry.notBeforeMs = entry.writtenMs + this.#options.objectIntervalMs;
      this.#unwait(object);
    }
    this.#mark(object);
  }

  #mark(object: ResourceKey): void {
    if (this.#waiting.has(object)) return;
    if (!this.#dirty.has(object)) this.#dirty.set(object, this.#ports.clock.now());
    this.#passIn(passMs);
  }

  #unwait(object: ResourceKey): void {
    this.#waiting.get(object)?.();
    this.#waiting.delete(object);
  }

  #wait(object: ResourceKey, since: number, delayMs: number): void {
    this.#dirty.delete(object);
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#waiting.delete(object);
      this.#dirty.set(object, since);
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

  /** Goes through the dirty set once, in slices; whatever stops it half-way has another one begun later. */
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
    // An object that is marked meanwhile joins the end of the set, and so of this pass.
    for (const [object, since] of this.#dirty) {
      if (this.#writing.size >= this.#options.parallel) break;
      const waitMs = this.#pace.waitMs(clock.now());
      if (waitMs > 0) {
        this.#passIn(waitMs);
        break;
      }
      this.#look(object, since, session.signal);
      if (clock.now() - sliceStart < sliceMs) continue;
      await nextTurn();
      if (session.signal.aborted) break;
      sliceStart = clock.now();
    }
    this.#passing = false;
    if (this.#passAgain) this.#passIn(0);
    this.#passAgain = false;
    this.#tellBacklog();
  }

  /** Compares one object, and begins to write it when that is due. */
  #look(object: ResourceKey, since: number, signal: AbortSignal): void {
    const entry = this.#entries.get(object);
    // Its answer is needed first; then it is looked at again.
    if (entry?.isWriting === true) return;
    this.#dirty.delete(object);
    if (entry === undefined) return;
    const patch = this.#difference(object, entry);
    if (patch === undefined) {
      entry.trouble = undefined;
      return;
    }
    const delayMs = entry.notBeforeMs - this.#ports.clock.now();
    if (delayMs > 0) return this.#wait(object, since, delayMs);
    this.#pace.take();
    const writing = this.#write(object, entry, patch, since, signal).finally(() =>
      this.#writing.delete(writing),
    );
    this.#writing.add(writing);
  }

  #difference(object: ResourceKey, entry: Entry): StatusPatch | undefined {
    const { log, clock, wanted, controllerName } = this.#ports;
    try {
      const want = wanted(object);
      if (want.kind === 'unknown') return undefined;
      const text = want.kind === 'status' ? want.text : undefined;
      const by = controllerName();
      if (entry.agreed !== undefined && entry.agreed.text === text && entry.agreed.by === by)
        return undefined;
      const status: unknown = text === undefined ? undefined : JSON.parse(text);
      const context = { controllerName: by, now: apiTime(clock.wallMs()) };
      const patch = statusPatch(splitResourceKey(object).kind, status, entry.observed, context);
      if (patch === undefined) entry.agreed = { text, by };
      return patch;
    } catch (error) {
      log.error({ object, error: stackText(error) }, 'a bug in Sluice: the status stays as it is');
      return undefined;
    }
  }

  async #write(
    object: ResourceKey,
    entry: Entry,
    patch: StatusPatch,
    since: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, onWritten } = this.#ports;
    const startMs = clock.now();
    entry.isWriting = true;
    entry.writtenMs = startMs;
    const written = await this.#send(object, patch, signal);
    entry.isWriting = false;
    // A session that began meanwhile may wait for this very end.
    if (signal.aborted) return this.#passIn(0);
    const nowMs = clock.now();
    const result = written.kind === 'written' ? 'written' : written.reason;
    onWritten?.(splitResourceKey(object).kind, result, nowMs - startMs, nowMs - since);
    if (written.kind === 'written') this.#onWritten(object, entry, written.observed);
    else if (this.#entries.get(object) === entry) this.#onFailed(object, entry, since, written);
    this.#passIn(0);
  }

  /** Under a deadline. */
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

  /** The answer is the newest observation there is, so that what changed meanwhile need not wait for its echo. */
  #onWritten(object: ResourceKey, entry: Entry, observed: ObservedStatus): void {
    if (isNewer(observed, entry.observed)) observe(entry, observed);
    entry.trouble = undefined;
    entry.notBeforeMs = entry.writtenMs + this.#options.objectIntervalMs;
    const { kind } = splitResourceKey(object);
    for (const told of kindFaults) this.#told.delete(`${kind} ${told}`);
  }

  #onFailed(
    object: ResourceKey,
    entry: Entry,
    since: number,
    { reason, message, retryAfterMs }: Extract<StatusWritten, { kind: 'failed' }>,
  ): void {
    const pace = reason === 'conflict' || reason === 'unavailable' ? 'fast' : 'slow';
    if (entry.trouble?.pace !== pace) entry.trouble = { pace, backOff: this.#ports.backOff(pace), told: '' };
    const { trouble } = entry;
    const delayMs = trouble.backOff.nextMs(retryAfterMs);
    entry.notBeforeMs = this.#ports.clock.now() + delayMs;
    this.#dirty.delete(object);
    this.#wait(object, since, delayMs);
    if (trouble.told === reason) return;
    trouble.told = reason;
    this.#tell(object, reason, message);
  }

  /** Once for each object, and where the fault is of a whole kind or of the API server, once for the kind. */
  #tell(object: ResourceKey, reason: StatusFault, message: string): void {
    const { log } = this.#ports;
    if (reason === 'conflict' || reason === 'absent') return;
    if (reason !== 'refused') {
      const told = `${splitResourceKey(object).kind} ${reason}`;
      if (this.#told.has(told)) return;
      this.#told.add(told);
    }
    log.warn({ object, reason }, `the status could not be written and is tried again: ${message}`);
  }

  #tellBacklog(): void {
    this.#ports.onBacklog?.(this.#dirty.size + this.#waiting.size + this.#writing.size);
  }
}

/** One object that the API server has. */
interface Entry {
  observed: ObservedStatus;
  /** The wanted status that the observed one has been found to be equal to, and the controller's name then. */
  agreed: { readonly text: string | undefined; readonly by: string } | undefined;
  isWriting: boolean;
  /** When the last write began. */
  writtenMs: number;
  notBeforeMs: number;
  /** Set while writes fail. */
  trouble: { readonly pace: 'fast' | 'slow'; readonly backOff: BackOff; told: string } | undefined;
}

const kindFaults: readonly StatusFault[] = ['forbidden', 'unavailable'];

function newEntry(observed: ObservedStatus): Entry {
  return {
    observed,
    agreed: undefined,
    isWriting: false,
    writtenMs: -Infinity,
    notBeforeMs: -Infinity,
    trouble: undefined,
  };
}

function observe(entry: Entry, observed: ObservedStatus): void {
  const { status, generation, writer } = entry.observed;
  const isSame =
    status === observed.status && generation === observed.generation && writer === observed.writer;
  if (!isSame) entry.agreed = undefined;
  entry.observed = observed;
}

/** Versions that cannot be compared come in order. */
function isNewer(a: ObservedStatus, b: ObservedStatus): boolean {
  return (compareVersions(a.resourceVersion, b.resourceVersion) ?? 1) > 0;
}
