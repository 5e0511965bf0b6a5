import { collectionOf, isInCollection } from '../../../src/units/route-shard.ts';

export interface HeldResource {
  readonly version: string;
  readonly bytes: Uint8Array;
}

export class ClientType {
  /** Accepted, by name. */
  readonly held = new Map<string, HeldResource>();
  readonly names = new Set<string>();
  wildcard = false;
  requested = false;
  /** Requested and not answered yet: they may come in the version that is held. */
  readonly asked = new Set<string>();
  /** Must come again, since a resource that uses them has. */
  readonly awaited = new Set<string>();
  /** Names in rejected clusters: what follows these may come as it is held. */
  readonly offered = new Set<string>();
  /** Names in a rejected response of several. Envoy may have taken some, so each may come as it is held. */
  readonly uncertain = new Set<string>();
  /** Versions that were rejected when they came alone. */
  readonly rejected = new Map<string, string>();
  /** `error` makes the answer a NACK. */
  unanswered: { readonly nonce: string; readonly error: string | undefined } | undefined;
  readonly unansweredNames = new Set<string>();
  /** Names unsubscribed; a response under way may still add or remove them. */
  readonly #left = new Set<string>();

  subscribe(names: readonly string[]): void {
    for (const name of names) {
      if (name === '*') this.wildcard = true;
      else {
        this.names.add(name);
        this.asked.add(name);
      }
    }
  }

  unsubscribe(names: readonly string[]): void {
    for (const name of names) {
      if (name === '*') this.wildcard = false;
      this.names.delete(name);
      this.awaited.delete(name);
      if (this.wildcard) this.asked.add(name);
      else {
        this.asked.delete(name);
        for (const held of this.held.keys()) if (has(new Set([name]), held)) this.#leave(held);
        this.#left.add(name);
      }
    }
  }

  /** Returns violations in a response, given the requests and the responses before. */
  check(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): string[] {
    const problems: string[] = [];
    if (!this.requested) problems.push('a response of a type that was not asked for');
    if (this.unanswered !== undefined) problems.push('a second response before the answer to the first');
    for (const [name, { version }] of brought) {
      if (!this.#wants(name) && !this.#left.has(name)) problems.push(`${name} came and is not subscribed`);
      const again = has(this.asked, name) || has(this.awaited, name) || this.offered.delete(name);
      if (!again && !this.uncertain.has(name) && this.held.get(name)?.version === version)
        problems.push(`${name} came in the version held`);
      if (this.rejected.get(name) === version) problems.push(`${name} came in the version rejected`);
      if (removed.includes(name)) problems.push(`${name} came and was removed in one response`);
    }
    for (const name of removed) {
      // Envoy may have taken some of a response that it rejected.
      const mayHave = this.held.has(name) || this.uncertain.has(name);
      if (!mayHave && !this.asked.has(name) && !this.#left.has(name))
        problems.push(`${name} was removed and is not held`);
    }
    if (new Set(removed).size < removed.length) problems.push('a name removed twice in one response');
    return problems;
  }

  accept(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    for (const [name, resource] of brought) {
      if (!this.#wants(name)) continue;
      this.held.set(name, resource);
      this.#come(name);
      this.rejected.delete(name);
      this.uncertain.delete(name);
      this.unansweredNames.add(name);
    }
    for (const name of removed) {
      this.held.delete(name);
      this.#come(name);
    }
  }

  /** Names that it wants and does not hold, nor any of their collection. */
  get missing(): string[] {
    const held = new Set([...this.held.keys()].map(askedAs));
    return [...this.names].filter((name) => !held.has(name));
  }

  #come(name: string): void {
    for (const one of [name, askedAs(name)]) {
      this.asked.delete(one);
      this.awaited.delete(one);
    }
  }

  #leave(name: string): void {
    this.held.delete(name);
    this.#left.add(name);
  }

  #wants(name: string): boolean {
    return this.wildcard || has(this.names, name);
  }
}

/** Returns true for a set that has the name, or the collection that it is in. */
function has(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name) || names.has(askedAs(name));
}

/** Returns the name by which a client asks for a resource: that of its collection, if it is in one. */
export function askedAs(name: string): string {
  return isInCollection(name) ? collectionOf(name) : name;
}
