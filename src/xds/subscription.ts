import { NameSet } from './name-set.ts';

/**
 * Which names of one type a client wants: `*`, single names, or both.
 * Rules: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export class Subscription {
  readonly names = new NameSet();
  wildcard = false;
  /** An empty list means `*` only until any name or `*` has been asked for. */
  #started = false;

  wants(name: string): boolean {
    return this.wildcard || this.names.has(name);
  }

  /**
   * Applies one request. `asked` are the names that must be answered even if the client has them; `all` says that `*`
   * begins now; `left` are names that need an answer although they were unsubscribed, since `*` still covers them.
   */
  update(subscribe: readonly string[], unsubscribe: readonly string[]): SubscriptionChange {
    const wasWildcard = this.wildcard;
    if (!this.#started && subscribe.length === 0) this.wildcard = true;
    this.#started = true;
    // First, so that a name in both lists is one that is asked for again.
    const left: string[] = [];
    const removed: string[] = [];
    for (const name of unsubscribe) {
      if (name === '*') this.wildcard = false;
      else if (this.names.delete(name)) (this.wildcard ? left : removed).push(name);
    }
    const asked: string[] = [];
    const added: string[] = [];
    for (const name of subscribe) {
      if (name === '*') {
        this.wildcard = true;
        continue;
      }
      if (!wasWildcard && !this.names.has(name)) added.push(name);
      this.names.add(name);
      asked.push(name);
    }
    this.names.pack();
    return {
      asked,
      added,
      left,
      removed,
      all: this.wildcard && !wasWildcard,
      endsWildcard: wasWildcard && !this.wildcard,
    };
  }
}

export interface SubscriptionChange {
  readonly asked: readonly string[];
  /** Those of the names that the client has not had anything to do with before. */
  readonly added: readonly string[];
  readonly left: readonly string[];
  /** Names that the client has let go of: what it held of them is forgotten. */
  readonly removed: readonly string[];
  readonly all: boolean;
  /** It wants no more than the names that it asks for. */
  readonly endsWildcard: boolean;
}
