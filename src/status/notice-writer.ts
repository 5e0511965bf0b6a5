import type { Notice } from '../kinds/notice.ts';
import type { Clock } from '../lib/clock.ts';
import { FairQueue } from '../lib/fair-queue.ts';
import { splitResourceKey } from '../lib/key.ts';

/**
 * Result of one Event: `absent`, the object is not there any longer; `unavailable`, no answer or a busy API server;
 * `refused`, it does not take the Event.
 */
export type NoticeResult = 'written' | 'absent' | 'refused' | 'unavailable';

export interface NoticePorts {
  readonly clock: Clock;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Returns the notices that are true, as JSON. */
  readonly all: () => Iterable<string>;
  /** Never rejects. */
  readonly write: (notice: Notice, signal: AbortSignal) => Promise<NoticeResult>;
}

/** Time for which a notice must be true: objects of one `kubectl apply` come one by one, and a rollout has gaps. */
const trueForMs = 300;

/** Time in which the Events of a namespace, and of all, are counted. */
const periodMs = 10_000;

/** Events of one namespace in a period. A tenant who makes mistakes on purpose costs the API server one a second. */
const mostOfNamespace = 10;

/** Events of all namespaces in a period: an installation with thousands of mistakes is told of them in minutes. */
const mostOfAll = 200;

/** Longest wait for the API server's answer to one Event. */
const writeDeadlineMs = 10_000;

/**
 * Writes an Event and a log line for each notice that stays true, on the leader. Namespaces take turns. Costs what is
 * wrong, and nothing else waits for it: Events are written one after the other.
 */
export class NoticeWriter {
  readonly #ports: NoticePorts;
  /** Notices that became true, with the time, oldest first. */
  readonly #young = new Map<string, number>();
  readonly #due = new FairQueue<string>();
  readonly #said = new Set<string>();
  readonly #ofNamespace = new Map<string, number>();
  #ofAll = 0;
  #periodEndMs = 0;
  #session: AbortController | undefined;
  #passing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(ports: NoticePorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#session !== undefined) return;
    this.#session = new AbortController();
    for (const notice of this.#ports.all()) this.changed(notice, true);
  }

  /** Resolves when no write is under way. */
  async stop(): Promise<void> {
    this.#session?.abort(new Error('stopped'));
    this.#session = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#young.clear();
    this.#due.drain();
    this.#said.clear();
    await this.#passing;
  }

  /** `notice`: its JSON. */
  changed(notice: string, isTrue: boolean): void {
    if (this.#session === undefined) return;
    if (isTrue) {
      this.#young.set(notice, this.#ports.clock.now());
      this.#passIn(trueForMs);
      return;
    }
    this.#young.delete(notice);
    const { object, message } = JSON.parse(notice) as Notice;
    this.#due.delete(splitResourceKey(object).namespace, notice);
    if (this.#said.delete(notice)) this.#ports.log.info({ object }, `no longer true: ${message}`);
  }

  #passIn(delayMs: number): void {
    if (this.#session === undefined || this.#cancel !== undefined || this.#passing !== undefined) return;
    this.#cancel = this.#ports.clock.after(delayMs, async () => {
      this.#cancel = undefined;
      const { signal } = this.#session ?? {};
      if (signal === undefined) return;
      this.#passing = this.#pass(signal);
      await this.#passing;
      this.#passing = undefined;
      // Not at the end of the period: a namespace that has used up its own must not delay others.
      if (this.#due.size + this.#young.size > 0) this.#passIn(trueForMs);
    });
  }

  async #pass(signal: AbortSignal): Promise<void> {
    this.#queueOld();
    while (!signal.aborted) {
      this.#beginPeriod();
      if (this.#ofAll >= mostOfAll) return;
      const text = this.#due.take((namespace) =>
        (this.#ofNamespace.get(namespace) ?? 0) < mostOfNamespace ? 0 : Infinity,
      );
      if (text === undefined) return;
      const notice = JSON.parse(text) as Notice;
      const { namespace } = splitResourceKey(notice.object);
      this.#ofAll++;
      this.#ofNamespace.set(namespace, (this.#ofNamespace.get(namespace) ?? 0) + 1);
      if (!this.#said.has(text))
        this.#ports.log.warn({ object: notice.object, reason: notice.reason }, notice.message);
      this.#said.add(text);
      if ((await this.#write(notice, signal)) !== 'unavailable') continue;
      // It may have become false meanwhile.
      if (!signal.aborted && this.#said.has(text)) this.#due.add(namespace, text);
      return;
    }
  }

  async #write(notice: Notice, signal: AbortSignal): Promise<NoticeResult> {
    const deadline = new AbortController();
    const cancel = this.#ports.clock.after(writeDeadlineMs, () => deadline.abort(new Error('no answer')));
    const result = await this.#ports.write(notice, AbortSignal.any([signal, deadline.signal]));
    cancel();
    return result;
  }

  #queueOld(): void {
    const oldest = this.#ports.clock.now() - trueForMs;
    for (const [text, sinceMs] of this.#young) {
      if (sinceMs > oldest) return;
      this.#young.delete(text);
      const { object } = JSON.parse(text) as Notice;
      this.#due.add(splitResourceKey(object).namespace, text);
    }
  }

  #beginPeriod(): void {
    const nowMs = this.#ports.clock.now();
    if (nowMs < this.#periodEndMs) return;
    this.#periodEndMs = nowMs + periodMs;
    this.#ofNamespace.clear();
    this.#ofAll = 0;
  }
}
