import { decodeRow } from '../../../src/kinds/decode.ts';
import type { WantedModule, WasmModuleRow } from '../../../src/kinds/own/wasm-module.ts';
import { BackOff } from '../../../src/kube/back-off.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';
import { wasmModuleKey } from '../../../src/units/extension-name.ts';
import type { Attempt } from '../../../src/wasm/module-keeper-ports.ts';
import type { FetchResult } from '../../../src/wasm/module-fetch.ts';
import { ModuleKeeper } from '../../../src/wasm/module-keeper.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { SilentLog } from '../pipeline/silent-log.ts';
import { ScriptedFetcher } from './scripted-fetcher.ts';

export const ttlMs = 300_000;
/** Modules of two namespaces. */
export const a = wasmModuleKey('default', 'a', 0);
export const b = wasmModuleKey('other', 'b', 0);
export const noAnswer = {
  kind: 'unreachable',
  reason: 'timeout',
  message: 'no answer',
  retryAfterMs: 0,
} as const;
export const forbidden = { kind: 'denied', reason: 'unauthorized', message: 'DENIED: not yours' } as const;

/** A ModuleKeeper whose network and time a test sets. */
export class KeptModules {
  readonly clock = new ManualClock();
  readonly fetcher = new ScriptedFetcher();
  readonly log = new SilentLog();
  readonly attempts: Attempt[] = [];
  readonly reported: { readonly key: ResourceKey; readonly row: WasmModuleRow | undefined }[] = [];
  memoryBytes = 1000;
  readonly keeper = new ModuleKeeper({
    log: this.log,
    clock: this.clock,
    fetcher: this.fetcher,
    options: () => ({
      ttlMs,
      alwaysTtlMs: 60_000,
      retryMs: 1000,
      maxRetryMs: 300_000,
      maxProbeMs: 30_000,
      parallel: 8,
      memoryBytes: this.memoryBytes,
      namespaceMemoryBytes: this.memoryBytes,
      limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: 1000 },
      places: { allow: [], trust: [], plainHttp: [], refused: [] },
    }),
    backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
    random: () => 0.5,
    onRow: (change) => {
      if (change.kind === 'delete') this.reported.push({ key: change.key, row: undefined });
      else this.reported.push({ key: change.row.key, row: decodeRow('WasmModule', change.row.bytes) });
    },
    onAttempt: (attempt) => this.attempts.push(attempt),
  });

  row(key: ResourceKey): WasmModuleRow | undefined {
    return this.reported.findLast((each) => each.key === key)?.row;
  }

  answer(name: string, result: FetchResult | Error): void {
    this.fetcher.answers.set(`${name}:1`, result);
  }

  /** Leaves requests for this image without an answer. */
  hang(name: string): void {
    this.fetcher.answers.delete(`${name}:1`);
  }
}

export function image(name: string, more: Partial<WantedModule> = {}): WantedModule {
  return {
    source: { kind: 'image', url: `${name}:1` },
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    pullPolicy: 'IfNotPresent',
    ...more,
  };
}
