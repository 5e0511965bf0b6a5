import { setImmediate } from 'node:timers/promises';
import { SilentLog } from '../pipeline/silent-log.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import {
  CertificateKeeper,
  type CertificateStore,
  type StoredFiles,
} from '../../../src/certs/certificate-keeper.ts';

export const day = 86_400_000;

interface StoredSecret extends StoredFiles {
  readonly version: number;
}

export class MemorySecret implements CertificateStore<StoredSecret> {
  stored: StoredSecret | undefined;
  fault: Error | undefined;
  isSilent = false;
  writes = 0;
  /** Called before the next write, in place of another replica. */
  meanwhile: (() => void) | undefined;
  #version = 0;

  async read(signal: AbortSignal): Promise<StoredSecret | undefined> {
    await this.#reach(signal);
    return this.stored;
  }

  async write(
    before: StoredSecret | undefined,
    files: ReadonlyMap<string, string | undefined>,
    signal: AbortSignal,
  ) {
    await this.#reach(signal);
    this.meanwhile?.();
    this.meanwhile = undefined;
    if (before?.version !== this.stored?.version) return 'conflict';
    this.writes++;
    this.put([...(before?.files ?? []), ...files]);
    return 'written';
  }

  put(files: Iterable<readonly [string, string | undefined]>): void {
    const given = new Map<string, string>();
    for (const [name, text] of files) {
      if (text === undefined) given.delete(name);
      else given.set(name, text);
    }
    this.stored = { files: given, version: ++this.#version };
  }

  async #reach(signal: AbortSignal): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    if (!this.isSilent) return;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
}

class BackOff {
  waits = 0;

  nextMs(): number {
    this.waits++;
    return 1000;
  }

  reset(): void {
    this.waits = 0;
  }
}

/** A replica that reads the store when a test says so. */
export class CertificateReplica implements Clock {
  readonly log = new SilentLog();
  readonly expiries = new Map<string, number>();
  readonly keeper: CertificateKeeper<StoredSecret>;
  changes = 0;
  /** Waits before the reads so far. */
  readonly waits: number[] = [];
  readonly #time: { now: number };
  #look: (() => void) | undefined;
  #timeout: (() => void) | undefined;

  constructor(store: MemorySecret, time: { now: number }) {
    this.#time = time;
    this.keeper = new CertificateKeeper(['sluice'], {
      clock: this,
      log: this.log,
      store,
      backOff: new BackOff(),
      onExpiry: (certificate, atMs) => this.expiries.set(certificate, atMs),
    });
    this.keeper.onChange(() => this.changes++);
    this.keeper.start();
  }

  static async started(store: MemorySecret, time = { now: start }): Promise<CertificateReplica> {
    const replica = new CertificateReplica(store, time);
    await replica.looked();
    return replica;
  }

  now(): number {
    return this.#time.now - start;
  }

  wallMs(): number {
    return this.#time.now;
  }

  after(delayMs: number, task: () => void): () => void {
    if (delayMs === 15_000) this.#timeout = task;
    else {
      this.waits.push(delayMs);
      this.#look = task;
    }
    return () => {};
  }

  async look(): Promise<void> {
    const look = this.#look;
    this.#look = undefined;
    look?.();
    await this.looked();
  }

  async looked(): Promise<void> {
    while (this.#look === undefined) await setImmediate();
  }

  /** Ends the time limit of a read. */
  expire(): void {
    this.#timeout?.();
  }
}

export const start = Date.UTC(2026, 0, 1);
export const web = { namespace: 'prod', gateway: 'web', uid: 'one' };
