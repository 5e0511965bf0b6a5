import type { Clock } from '../lib/clock.ts';

/**
 * How long a module stays after its last use: what was translated a moment ago still names it. Longer costs memory;
 * revise by sluice_wasm_memory_bytes.
 */
const lingerMs = 30_000;

/** The modules in use, by the hash of their bytes. Users are counted; a module goes a while after the last of them. */
export class ModuleMemory {
  readonly #clock: Clock;
  readonly #modules = new Map<string, Held>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All modules together. */
  get bytes(): number {
    return this.#bytes;
  }

  get(sha256: string): Uint8Array | undefined {
    return this.#modules.get(sha256)?.bytes;
  }

  /** One more user. False when there is no room; a module that is there already has it. */
  retain(sha256: string, bytes: Uint8Array | undefined, maxBytes: number): boolean {
    const held = this.#modules.get(sha256);
    if (held !== undefined) {
      held.users++;
      held.cancel?.();
      held.cancel = undefined;
      return true;
    }
    if (bytes === undefined) return false;
    if (this.#bytes + bytes.length > maxBytes) this.#dropUnused();
    if (this.#bytes + bytes.length > maxBytes) return false;
    this.#modules.set(sha256, { bytes, users: 1, cancel: undefined });
    this.#bytes += bytes.length;
    return true;
  }

  /** One user less. */
  release(sha256: string): void {
    const held = this.#modules.get(sha256);
    if (held === undefined || --held.users > 0) return;
    held.cancel = this.#clock.after(lingerMs, () => this.#drop(sha256));
  }

  #dropUnused(): void {
    for (const [sha256, { users }] of this.#modules) if (users === 0) this.#drop(sha256);
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
  users: number;
  /** Cancels its end; set while it is not used. */
  cancel: (() => void) | undefined;
}
