/** Describes what one request says about a type, beside an answer. */
export interface Interest {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: ReadonlyMap<string, string>;
}

/**
 * Describes what Envoy knows of one type across streams: the names that are watched, the versions that it recorded, and what the
 * server has yet to be told.
 *
 * Rules: `delta_subscription_state.cc` and `watch_map.cc` in Envoy's `source/extensions/config_subscription/grpc`.
 */
export class TypeSubscription {
  /** Number of users of each name. A name that is in use is not asked for again. */
  readonly #watches = new Map<string, number>();
  /** By watched name; undefined while Envoy waits for the server. */
  readonly #requested = new Map<string, string | undefined>();
  /** By name that came by `*`. */
  readonly #byWildcard = new Map<string, string>();
  readonly #isWildcard: boolean;
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  #saidNothing = true;

  constructor(isWildcard: boolean) {
    this.#isWildcard = isWildcard;
  }

  /** Returns whether the server has to be told something. */
  get pending(): boolean {
    if (this.#added.size + this.#removed.size > 0) return true;
    return this.#saidNothing && (this.#isWildcard || this.#requested.size > 0);
  }

  /** The versions that the next stream would be told. */
  get versions(): Map<string, string> {
    const requested = [...this.#requested].flatMap(([name, version]): [string, string][] =>
      version === undefined ? [] : [[name, version]],
    );
    return new Map([...requested, ...this.#byWildcard]);
  }

  isWatched(name: string): boolean {
    return this.#isWildcard || this.#watches.has(name);
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

  /** A response was accepted as a whole. A refused one records nothing, whatever of it is in force. */
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

  /** Takes what the next request has to say. */
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
