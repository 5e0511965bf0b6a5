import type { Clock } from '../lib/clock.ts';

/**
 * An unused module stays for translations that still name it. Longer costs memory; revise by sluice_wasm_memory_bytes.
 */
const lingerMs = 30_000;

/**
 * Modules in use by the hash of their bytes. One that several namespaces use is stored once but counts in full for
 * each.
 */
export class ModuleMemory {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #modules = new Map<string, Held>();
  readonly #namespaces = new Map<string, number>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get namespaces(): ReadonlyMap<string, number> {
    return this.#namespaces;
  }

  get(sha256: string): Uint8Array | undefined {
    return this.#modules.get(sha256)?.bytes;
  }

  /** Adds a user. Returns false when there is no room for a new module. */
  retain(sha256: string, namespace: string, bytes: Uint8Array | undefined, maxBytes: number): boolean {
    let held = this.#modules.get(sha256);
    if (held === undefined) {
      if (bytes === undefined) return false;
      if (this.#bytes + bytes.length > maxBytes) this.#dropUnused();
      if (this.#bytes + bytes.length > maxBytes) return false;
      this.#modules.set(sha256, (held = { bytes, users: new Map(), cancel: undefined }));
      this.#bytes += bytes.length;
    }
    held.cancel?.();
    held.cancel = undefined;
    const users = held.users.get(namespace) ?? 0;
    held.users.set(namespace, users + 1);
    if (users === 0) this.#count(namespace, held.bytes.length);
    return true;
  }

  release(sha256: string, namespace: string): void {
    const held = this.#modules.get(sha256);
    const users = held?.users.get(namespace);
    if (held === undefined || users === undefined) return;
    if (users > 1) {
      held.users.set(namespace, users - 1);
      return;
    }
    held.users.delete(namespace);
    this.#count(namespace, -held.bytes.length);
    if (held.users.size === 0) held.cancel = this.#clock.after(lingerMs, () => this.#drop(sha256));
  }

  /**
   * Returns the modules to remove so that a namespace gets these bytes: the newest of namespaces above their share,
   * starting with the namespace that uses most. Empty when that is not enough, or the namespace would exceed its share.
   * O(modules) for each.
   */
  reclaimable(namespace: string, bytes: number, maxBytes: number, shareBytes: number): readonly string[] {
    if ((this.#namespaces.get(namespace) ?? 0) + bytes > shareBytes) return [];
    const used = new Map(this.#namespaces);
    const found = new Set<string>();
    let missing = this.#bytes + bytes - maxBytes;
    while (missing > 0) {
      const [most] = [...used].sort(([, a], [, b]) => b - a);
      if (most === undefined || most[1] <= shareBytes) return [];
      const next = [...this.#modules]
        .filter(([sha256, { users }]) => !found.has(sha256) && users.has(most[0]))
        .findLast(([, { users }]) => [...users.keys()].every((user) => (used.get(user) ?? 0) > shareBytes));
      if (next === undefined) {
        used.delete(most[0]);
        continue;
      }
      const [sha256, held] = next;
      found.add(sha256);
      missing -= held.bytes.length;
      for (const user of held.users.keys()) used.set(user, (used.get(user) ?? 0) - held.bytes.length);
    }
    return [...found];
  }

  #count(namespace: string, bytes: number): void {
    const left = (this.#namespaces.get(namespace) ?? 0) + bytes;
    if (left === 0) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, left);
  }

  #dropUnused(): void {
    for (const [sha256, { users }] of this.#modules) if (users.size === 0) this.#drop(sha256);
  }

  #drop(sha256: string): void {
    const held = this.#modules.get(sha256);
    if (held === undefined) return;
    held.cancel?.();
    this.#modules.delete(sha256);
    this.#bytes -= held.bytes.length;
  }
}

interface Held {
  readonly bytes: Uint8Array;
  readonly users: Map<string, number>;
  cancel: (() => void) | undefined;
}
