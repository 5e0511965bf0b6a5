import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { wasmModuleRow, type WasmModuleRow } from '../kinds/own/wasm-module.ts';
import type { ModuleCheck } from './module-check.ts';
import type { ModuleMemory } from './module-memory.ts';

/** Makes the rows of policies' modules, reports those that change, and holds the bytes that a reported row names. */
export class ModuleRows {
  readonly #memory: ModuleMemory;
  readonly #onRow: (change: RowChange) => void;
  readonly #modules = new Map<ResourceKey, PolicyModule>();
  readonly #dirty = new Set<ResourceKey>();

  constructor(memory: ModuleMemory, onRow: (change: RowChange) => void) {
    this.#memory = memory;
    this.#onRow = onRow;
  }

  checkOf(key: ResourceKey): ModuleCheck | undefined {
    return this.#modules.get(key)?.check;
  }

  counts(): Readonly<Record<WasmModuleRow['state'], number>> {
    const counts = { unknown: 0, allowed: 0, denied: 0, unreachable: 0 };
    for (const { check } of this.#modules.values()) counts[check.verdict.state]++;
    return counts;
  }

  set(key: ResourceKey, check: ModuleCheck | undefined): void {
    const before = this.#modules.get(key);
    this.#dirty.add(key);
    if (check === undefined) {
      if (before?.held !== undefined) this.#memory.release(before.held.sha256, before.check.namespace);
      this.#modules.delete(key);
    } else if (before === undefined) this.#modules.set(key, { check, held: undefined, reported: undefined });
    else before.check = check;
  }

  /** Call when the verdict of the check has changed. */
  touch(check: ModuleCheck): void {
    for (const key of check.keys) this.#dirty.add(key);
  }

  /** Removes the module from all rows. Call when the verdicts of all its checks have changed. */
  withdraw(sha256: string): void {
    for (const [key, module] of this.#modules) {
      if (module.held?.sha256 !== sha256) continue;
      this.#memory.release(sha256, module.check.namespace);
      module.held = undefined;
      this.#dirty.add(key);
    }
  }

  report(): void {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const module = this.#modules.get(key);
      if (module === undefined) {
        this.#onRow({ kind: 'delete', key });
        continue;
      }
      const row = wasmModuleRow(key, this.#rowOf(module));
      const text = Buffer.from(row.bytes).toString();
      if (text === module.reported) continue;
      module.reported = text;
      this.#onRow({ kind: 'put', row });
    }
  }

  /** Keeps the module from before until there is an answer for a new URL or secret. */
  #rowOf(module: PolicyModule): WasmModuleRow {
    const { verdict, nextAttemptMs } = module.check;
    this.#hold(module);
    const { held } = module;
    const nextAttempt = nextAttemptMs === undefined ? undefined : isoOf(nextAttemptMs);
    if (held === undefined || verdict.state === 'denied') {
      const since = isoOf(verdict.sinceMs);
      if (verdict.state === 'unknown') return { state: verdict.state, since };
      return { state: verdict.state, since, nextAttempt, message: verdict.message };
    }
    const message = verdict.state === 'unknown' ? notYet : verdict.message;
    return {
      state: 'allowed',
      sha256: held.sha256,
      size: held.size,
      since: isoOf(held.sinceMs),
      ...(message !== undefined && { nextAttempt, message }),
    };
  }

  #hold(module: PolicyModule): void {
    const { verdict, namespace } = module.check;
    if (verdict.state === 'unknown' || verdict.state === 'unreachable') return;
    const { held } = module;
    if (verdict.module !== undefined) this.#memory.retain(verdict.module.sha256, namespace, undefined, 0);
    if (held !== undefined) this.#memory.release(held.sha256, namespace);
    module.held = verdict.module && {
      sha256: verdict.module.sha256,
      size: verdict.module.size,
      sinceMs: verdict.sinceMs,
    };
  }
}

const notYet =
  'the module that the policy names now was not checked yet: the module from before stays in use';

interface PolicyModule {
  check: ModuleCheck;
  /** The module that the last `allowed` row named. */
  held: { readonly sha256: string; readonly size: number; readonly sinceMs: number } | undefined;
  reported: string | undefined;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
