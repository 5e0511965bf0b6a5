/** A request's content beside the answer. */
export interface Interest {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: ReadonlyMap<string, string>;
}

/**
 * Envoy's state of one type across streams: watched names, recorded versions, and changes to request.
 * Rules: `delta_subscription_state.cc` and `watch_map.cc` in Envoy's `source/extensions/config_subscription/grpc`.
 */
export class TypeSubscription {
  /** Users of each name. A name in use is not requested again. */
  readonly #watches = new Map<string, number>();
  /** By watched name; undefined while Envoy waits. */
  readonly #requested = new Map<string, string | undefined>();
  /** By name that came by `*`, or as a VirtualHost, used or not. */
  readonly #byWildcard = new Map<string, string>();
  readonly #isWildcard: boolean;
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  #saidNothing = true;

  constructor(isWildcard: boolean) {
    this.#isWildcard = isWildcard;
  }

  get pending(): boolean {
    if (this.#added.size + this.#removed.size > 0) return true;
    return this.#saidNothing && (this.#isWildcard || this.#requested.size > 0);
  }

  /** Initial versions of the next stream. */
  get versions(): Map<string, string> {
    const requested = [...this.#requested].flatMap(([name, version]): [string, string][] =>
      version === undefined ? [] : [[name, version]],
    );
    return new Map([...requested, ...this.#byWildcard]);
  }

  isWatched(name: string): boolean {
    return this.#isWildcard || this.#watches.has(name);
  }

  /** True for a watched name that the server knows of. */
  isRequested(name: string): boolean {
    return this.#watches.has(name) && !this.#added.has(name);
  }

  watch(name: string): void {
    const before = this.#watches.get(name) ?? 0;
    this.#watches.set(name, before + 1);
    if (before > 0) return;
    this.#requested.set(name, undefined);
    this.#removed.delete(name);
    this.#added.add(name);
  }

  unwatch(name: string): void {
    const left = (this.#watches.get(name) ?? 0) - 1;
    if (left > 0) {
      this.#watches.set(name, left);
      return;
    }
    this.#watches.delete(name);
    this.#requested.delete(name);
    this.#added.delete(name);
    this.#removed.add(name);
  }

  /** Only a response that was accepted as a whole; a rejected one records nothing, though parts may be in force. */
  record(brought: ReadonlyMap<string, { readonly version: string }>, removed: readonly string[]): void {
    for (const [name, { version }] of brought) {
      if (this.#requested.has(name)) this.#requested.set(name, version);
      else if (this.#isWildcard) this.#byWildcard.set(name, version);
    }
    for (const name of removed) {
      if (this.#requested.has(name)) this.#requested.set(name, undefined);
      this.#byWildcard.delete(name);
    }
  }

  onNewStream(): void {
    this.#saidNothing = true;
  }

  next(): Interest {
    const isFirst = this.#saidNothing;
    this.#saidNothing = false;
    if (isFirst) {
      for (const name of this.#requested.keys()) this.#added.add(name);
      this.#removed.clear();
    }
    const interest = {
      subscribe: [...this.#added],
      unsubscribe: [...this.#removed],
      initialVersions: isFirst ? this.versions : new Map<string, string>(),
    };
    this.#added.clear();
    this.#removed.clear();
    return interest;
  }
}
