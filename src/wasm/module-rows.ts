import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { wasmModuleRow, type WasmModuleRow } from '../kinds/own/wasm-module.ts';
import type { ModuleCheck } from './module-check.ts';
import type { ModuleMemory } from './module-memory.ts';

/** The rows that policies' modules have, each told when it is another one. Holds the bytes that a told row names. */
export class ModuleRows {
  readonly #memory: ModuleMemory;
  readonly #onRow: (change: RowChange) => void;
  readonly #modules = new Map<ResourceKey, PolicyModule>();
  /** Keys whose row may be another. */
  readonly #dirty = new Set<ResourceKey>();

  constructor(memory: ModuleMemory, onRow: (change: RowChange) => void) {
    this.#memory = memory;
    this.#onRow = onRow;
  }

  /** The check that the row of the key is by. */
  checkOf(key: ResourceKey): ModuleCheck | undefined {
    return this.#modules.get(key)?.check;
  }

  /** How many rows are in each state, by their checks. */
  counts(): Readonly<Record<WasmModuleRow['state'], number>> {
    const counts = { unknown: 0, allowed: 0, denied: 0, unreachable: 0 };
    for (const { check } of this.#modules.values()) counts[check.verdict.state]++;
    return counts;
  }

  /** The row is by this check from now on; undefined: there is none. */
  set(key: ResourceKey, check: ModuleCheck | undefined): void {
    const before = this.#modules.get(key);
    this.#dirty.add(key);
    if (check === undefined) {
      if (before?.held !== undefined) this.#memory.release(before.held.sha256, before.check.namespace);
      this.#modules.delete(key);
    } else if (before === undefined) this.#modules.set(key, { check, held: undefined, told: undefined });
    else before.check = check;
  }

  /** Call it when the verdict of the check has changed. */
  touch(check: ModuleCheck): void {
    for (const key of check.keys) this.#dirty.add(key);
  }

  /** Whatever row names the module names it no longer. Call it when the verdicts of all checks with it have changed. */
  letGo(sha256: string): void {
    for (const [key, module] of this.#modules) {
      if (module.held?.sha256 !== sha256) continue;
      this.#memory.release(sha256, module.check.namespace);
      module.held = undefined;
      this.#dirty.add(key);
    }
  }

  /** Tells every row that has become another. */
  tell(): void {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const module = this.#modules.get(key);
      if (module === undefined) {
        this.#onRow({ kind: 'delete', key });
        continue;
      }
      const row = wasmModuleRow(key, this.#rowOf(module));
      const text = Buffer.from(row.bytes).toString();
      if (text === module.told) continue;
      module.told = text;
      this.#onRow({ kind: 'put', row });
    }
  }

  /** While nobody has answered for what a policy newly wants, or for its new secret, it keeps the module from before. */
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

const notYet = 'what is wanted now was not checked yet: the module from before stays';

/** One place of a policy. */
interface PolicyModule {
  check: ModuleCheck;
  /** The module that the last `allowed` row named. */
  held: { readonly sha256: string; readonly size: number; readonly sinceMs: number } | undefined;
  /** The last row, as text. */
  told: string | undefined;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
