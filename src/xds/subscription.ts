import { collectionOf, isInCollection } from '../units/route-shard.ts';
import { NameSet } from './name-set.ts';

/**
 * Names of one type that a client wants: `*`, single names, or both; a name of a collection stands for all in it.
 *
 * Rules:
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export class Subscription {
  readonly names = new NameSet();
  wildcard = false;
  #started = false;

  wants(name: string): boolean {
    return (
      this.wildcard || this.names.has(name) || (isInCollection(name) && this.names.has(collectionOf(name)))
    );
  }

  /**
   * Applies one request. `asked` names need an answer even if the client has them; `all`: `*` starts now; `left`
   * names were unsubscribed but `*` still covers them, so they need an answer too.
   */
  update(subscribe: readonly string[], unsubscribe: readonly string[]): SubscriptionChange {
    const wasWildcard = this.wildcard;
    if (!this.#started && subscribe.length === 0) this.wildcard = true;
    this.#started = true;
    // First, so that a name in both lists is asked for again.
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
  /** Names in `asked` that are new. */
  readonly added: readonly string[];
  readonly left: readonly string[];
  /** Unsubscribed names, whose state is forgotten. */
  readonly removed: readonly string[];
  readonly all: boolean;
  /** True when `*` ends. */
  readonly endsWildcard: boolean;
}
