import { randomBytes } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';

export interface StoredKey {
  readonly files: ReadonlyMap<string, string>;
}

export interface SessionKeeperPorts<Stored extends StoredKey> {
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly store: {
    read(signal: AbortSignal): Promise<Stored | undefined>;
    /** Returns `conflict` when the content has changed since `before`. */
    write(
      before: Stored | undefined,
      files: ReadonlyMap<string, string>,
      signal: AbortSignal,
    ): Promise<'written' | 'conflict'>;
  };
  readonly backOff: { nextMs(): number; reset(): void };
  /** True for an error that another attempt will meet again. */
  readonly isLasting: (error: unknown) => boolean;
  /** Called with the key when it is known, and when it has changed. */
  readonly onKey: (key: string) => void;
}

/** Time between two reads, so that a Secret that was deleted or exchanged does not stay so. */
const lookEveryMs = 60_000;

const lookTimeoutMs = 15_000;

const keyFile = 'key';

/** 32 bytes in base64 have 43 characters. */
const minLength = 32;

/**
 * Keeps the key of sessions in one store for all replicas, without a leader: the first that finds none makes it. A known key
 * stays in force while the store cannot be read, and goes back into a store that has lost it: a new key would end all
 * sessions. A key that another program has put there is taken over.
 */
export class SessionKeeper<Stored extends StoredKey> {
  readonly #ports: SessionKeeperPorts<Stored>;
  readonly #closing = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  #key: string | undefined;
  #problem: string | undefined;
  #cancel: () => void = () => {};

  constructor(ports: SessionKeeperPorts<Stored>) {
    this.#ports = ports;
  }

  start(): void {
    void this.#look();
  }

  /** Resolves when the key is known, or cannot be had. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  close(): void {
    this.#closing.abort();
    this.#cancel();
    this.#tried.resolve();
  }

  async #look(): Promise<void> {
    const { clock, log, backOff, isLasting } = this.#ports;
    const timeout = new AbortController();
    const cancelTimeout = clock.after(lookTimeoutMs, () => timeout.abort(new Error('no answer for 15 s')));
    let waitMs = lookEveryMs;
    try {
      this.#adopt(await this.#find(AbortSignal.any([timeout.signal, this.#closing.signal])));
      backOff.reset();
      if (this.#problem !== undefined) log.info({}, 'the key of sessions can be read again');
      this.#problem = undefined;
      this.#tried.resolve();
    } catch (error) {
      this.#note(failureText(error));
      if (isLasting(error)) this.#tried.resolve();
      else waitMs = backOff.nextMs();
    }
    cancelTimeout();
    if (!this.#closing.signal.aborted) this.#cancel = clock.after(waitMs, () => this.#look());
  }

  #note(problem: string): void {
    if (problem === this.#problem || this.#closing.signal.aborted) return;
    const rest = this.#key === undefined ? 'routes with oidc answer 503' : 'the known one stays in force';
    this.#ports.log.warn({ problem }, `the key of sessions cannot be read or made: ${rest}`);
    this.#problem = problem;
  }

  /** Another replica may write at the same time: whoever loses reads again. */
  async #find(signal: AbortSignal): Promise<string> {
    const { store } = this.#ports;
    for (;;) {
      const stored = await store.read(signal);
      const found = stored?.files.get(keyFile);
      if (found !== undefined && found.length >= minLength) return found;
      if (found !== undefined && found !== '')
        throw new Error(`its ${keyFile} is too short, and is not used`);
      const key = this.#key ?? randomBytes(32).toString('base64');
      if ((await store.write(stored, new Map([[keyFile, key]]), signal)) === 'written') return key;
      signal.throwIfAborted();
    }
  }

  #adopt(key: string): void {
    if (key === this.#key) return;
    this.#key = key;
    this.#ports.onKey(key);
  }
}
