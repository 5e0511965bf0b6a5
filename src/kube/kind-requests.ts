import type { Clock } from '../lib/clock.ts';
import type { ApiServer, Body } from './api-server.ts';
import { servedVersion } from './discovery.ts';
import { Fault } from './fault.ts';
import { pause } from './pause.ts';
import { underWatchdog, type Extend } from './watchdog.ts';
import { collectionPath, type WatchedResource } from './watched-resource.ts';

/** The requests of one reflector, each under a watchdog. */
export class KindRequests {
  readonly #resource: WatchedResource;
  readonly #namespace: string | undefined;
  readonly #api: ApiServer;
  readonly #clock: Clock;
  readonly #silentMs: number;
  readonly #closing = new AbortController();
  #version: string;
  #lastSignMs: number;
  fault: Fault | undefined;

  /** `silentMs`: longest silence of the API server during a request, until `extend` sets another. */
  constructor(
    resource: WatchedResource,
    namespace: string | undefined,
    silentMs: number,
    { api, clock }: { readonly api: ApiServer; readonly clock: Clock },
  ) {
    this.#resource = resource;
    this.#namespace = namespace;
    this.#api = api;
    this.#clock = clock;
    this.#silentMs = silentMs;
    this.#version = resource.versions[0];
    this.#lastSignMs = clock.now();
  }

  get version(): string {
    return this.#version;
  }

  get staleMs(): number {
    return this.#clock.now() - this.#lastSignMs;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  close(): void {
    this.#closing.abort(new Fault('closed', 'the source is closed'));
  }

  /** Sends a GET of the collection; the watchdog stays until `read` is done. */
  async receive<T>(
    parameters: Readonly<Record<string, string | undefined>>,
    read: (body: Body, extend: Extend) => Promise<T>,
  ): Promise<T> {
    const { fieldSelector, labelSelector } = this.#resource;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...parameters, fieldSelector, labelSelector })) {
      if (value !== undefined) query.set(name, value);
    }
    const path = collectionPath(this.#resource, this.#version, this.#namespace);
    return this.#guarded(async (signal, extend) => read(await this.#api.get(path, query, signal), extend));
  }

  /** Asks which version is served, for the requests that follow; returns false when none is. */
  async findVersion(): Promise<boolean> {
    const served = await this.#guarded((signal) => servedVersion(this.#api, this.#resource, signal));
    this.#noteSign();
    if (served !== undefined) this.#version = served;
    return served !== undefined;
  }

  pause(delayMs: number): Promise<void> {
    return pause(this.#clock, delayMs, this.#closing.signal);
  }

  async #guarded<T>(work: (signal: AbortSignal, extend: Extend) => Promise<T>): Promise<T> {
    return underWatchdog(this.#clock, this.#closing.signal, this.#silentMs, (signal, extend) =>
      work(signal, (limitMs) => {
        this.#noteSign();
        extend(limitMs);
      }),
    );
  }

  #noteSign(): void {
    this.#lastSignMs = this.#clock.now();
    this.fault = undefined;
  }
}
