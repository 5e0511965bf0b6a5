import type { Clock } from '../lib/clock.ts';
import { failureText, stackText } from '../lib/failure.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../resource/row.ts';
import { wasmModuleRow, type WantedModule, type WasmModuleRow } from '../resource/wasm-module.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { identityOfModule, registryOf, type ModuleCheck, type RegistryState } from './module-check.ts';
import type {
  DeniedReason,
  FetchLimits,
  FetchRequest,
  FetchResult,
  ModuleFetcher,
  Places,
  RecalledModule,
  UnreachableReason,
} from './module-fetch.ts';
import { ModuleMemory } from './module-memory.ts';
import { judge, unchecked } from './verdict.ts';

interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Waits between attempts, doubling and with jitter. */
interface BackOff {
  nextMs(askedMs?: number): number;
  reset(): void;
}

/** The options of the same names; see `src/config/wasm.ts`. */
export interface ModuleKeeperOptions {
  readonly ttlMs: number;
  readonly alwaysTtlMs: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxProbeMs: number;
  readonly parallel: number;
  readonly memoryBytes: number;
  readonly limits: FetchLimits;
  readonly places: Places;
}

/** What a ModuleKeeper works with, and whom it tells. None of the callbacks may throw. */
export interface ModuleKeeperPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly fetcher: ModuleFetcher;
  /** Asked before each use, so a changed option takes effect with the next attempt. */
  readonly options: () => ModuleKeeperOptions;
  readonly backOff: (firstMs: number, maxMs: number) => BackOff;
  /** From 0 to 1, so that the attempts of many modules and replicas do not come as one. */
  readonly random: () => number;
  /** In a later turn than what it is due to. The bytes of an `allowed` row are there. */
  readonly onRow: (change: RowChange) => void;
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** One attempt that has ended. */
export interface Attempt {
  readonly source: WantedModule['source']['kind'];
  readonly result: FetchResult['kind'];
  readonly reason: DeniedReason | UnreachableReason | 'known' | 'disk' | 'network';
  readonly seconds: number;
}

/** How the keeper stands, for metrics. */
export interface KeeperState {
  readonly modules: Readonly<Record<WasmModuleRow['state'], number>>;
  readonly registries: Readonly<Record<CircuitBreaker['state'], number>>;
  /** Checks that are due or under way, but for those that wait for a registry to be back. */
  readonly backlog: number;
  readonly memoryBytes: number;
  /** How much longer than its time the oldest verdict in force has gone without being confirmed. */
  readonly staleMs: number;
}

/**
 * Keeps the verdict on every module that policies ask for, and the bytes of those that may be run. It does so in its own
 * time and tells what it finds as rows, so nothing ever waits for it: no registry can be slow enough to be noticed by
 * anything but the routes of its own modules, and once a module is here not even by those.
 *
 * A verdict is of one identity: the place, the credentials and the authorities. Nobody gets a module because somebody else
 * may have it, be it on disk or in memory. Never gives up: an attempt follows every other.
 */
export class ModuleKeeper {
  readonly #ports: ModuleKeeperPorts;
  readonly #memory: ModuleMemory;
  readonly #modules = new Map<ResourceKey, PolicyModule>();
  readonly #checks = new Map<string, ModuleCheck>();
  readonly #registries = new Map<string, RegistryState>();
  /** Oldest first. */
  readonly #due = new Set<ModuleCheck>();
  readonly #running = new Set<Promise<void>>();
  /** Checks for which the disk has yet to be asked. */
  readonly #unrecalled = new Set<ModuleCheck>();
  #isRecalling = false;
  /** Keys whose row may be another. */
  readonly #dirty = new Set<ResourceKey>();
  #cancelPass: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: ModuleKeeperPorts) {
    this.#ports = ports;
    this.#memory = new ModuleMemory(ports.clock);
  }

  /** What the policy asks for at this place from now on; undefined: nothing. The row follows. */
  set(key: ResourceKey, wanted: WantedModule | undefined): void {
    const before = this.#modules.get(key);
    const identity = wanted === undefined ? undefined : identityOfModule(wanted);
    if (before?.check.identity === identity) return;
    const after = wanted && identity !== undefined ? this.#checkFor(identity, wanted) : undefined;
    if (before !== undefined) this.#detach(key, before.check);
    if (after === undefined) {
      if (before?.held !== undefined) this.#memory.release(before.held.sha256);
      this.#modules.delete(key);
    } else {
      after.keys.add(key);
      if (before === undefined) this.#modules.set(key, { check: after, held: undefined, told: undefined });
      else before.check = after;
    }
    this.#touch(key);
  }

  /** The bytes of a module that an `allowed` row names, and for a while after the last one does. */
  module(sha256: string): Uint8Array | undefined {
    return this.#memory.get(sha256);
  }

  state(): KeeperState {
    const modules = { unknown: 0, allowed: 0, denied: 0, unreachable: 0 };
    const registries = { closed: 0, open: 0, 'half-open': 0 };
    for (const { check } of this.#modules.values()) modules[check.verdict.state]++;
    for (const { breaker } of this.#registries.values()) registries[breaker.state]++;
    const stale = [...this.#checks.values()].map((check) => this.#staleMs(check));
    return {
      modules,
      registries,
      backlog: this.#unrecalled.size + this.#due.size + this.#running.size,
      memoryBytes: this.#memory.bytes,
      staleMs: stale.reduce((most, ms) => Math.max(most, ms), 0),
    };
  }

  /** Nothing is told any more. Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPass?.();
    for (const check of this.#checks.values()) check.cancel?.();
    for (const registry of this.#registries.values()) registry.cancelProbe?.();
    this.#due.clear();
    this.#unrecalled.clear();
    await this.#ports.fetcher.close();
    await Promise.all(this.#running);
  }

  #checkFor(identity: string, wanted: WantedModule): ModuleCheck {
    const known = this.#checks.get(identity);
    if (known !== undefined) return known;
    const { retryMs, maxRetryMs } = this.#ports.options();
    const check: ModuleCheck = {
      identity,
      wanted,
      registry: this.#registryFor(wanted),
      keys: new Set(),
      backOff: this.#ports.backOff(retryMs, maxRetryMs),
      verdict: unchecked(this.#ports.clock.wallMs()),
      confirmedAtMs: undefined,
      nextAttemptMs: undefined,
      cancel: undefined,
      isRunning: false,
    };
    this.#checks.set(identity, check);
    if (check.registry === undefined)
      check.verdict = judge(check.verdict, noPlace, this.#ports.clock.wallMs());
    else {
      this.#unrecalled.add(check);
      void this.#recallAll();
    }
    return check;
  }

  /** One by one, which takes milliseconds each, and before any server is asked: none of them can be in the way. */
  async #recallAll(): Promise<void> {
    if (this.#isRecalling) return;
    this.#isRecalling = true;
    for (const check of this.#unrecalled) {
      const recalled = await this.#recall(check);
      if (!this.#unrecalled.delete(check)) continue;
      if (recalled !== undefined) this.#adopt(check, recalled);
      this.#due.add(check);
      this.#passSoon();
    }
    this.#isRecalling = false;
  }

  async #recall(check: ModuleCheck): Promise<RecalledModule | undefined> {
    const { fetcher, log } = this.#ports;
    try {
      return await fetcher.recall(this.#requestOf(check));
    } catch (error) {
      if (!this.#isClosed)
        log.warn({ error: failureText(error) }, 'a WASM module could not be looked for on disk');
      return undefined;
    }
  }

  /** What was allowed to it before the start is as good as a verdict that could not be confirmed since. */
  #adopt(check: ModuleCheck, { module, bytes }: RecalledModule): void {
    const { clock, log, options } = this.#ports;
    if (!this.#memory.retain(module.sha256, bytes, options().memoryBytes)) return;
    check.verdict = { state: 'allowed', module, sinceMs: clock.wallMs(), message: notConfirmed };
    check.confirmedAtMs = clock.now();
    log.info(
      { module: [...check.keys][0], sha256: module.sha256 },
      'a WASM module is here from before the start',
    );
    this.#touchAll(check);
  }

  #requestOf(check: ModuleCheck): FetchRequest {
    const { source, sha256, credentials, ca } = check.wanted;
    const { limits, places } = this.#ports.options();
    return { source, sha256, credentials, ca, known: check.verdict.module, limits, places };
  }

  #registryFor(wanted: WantedModule): RegistryState | undefined {
    const host = registryOf(wanted);
    if (host === undefined) return undefined;
    const known = this.#registries.get(host);
    if (known !== undefined) {
      known.checks++;
      return known;
    }
    const { retryMs, maxProbeMs } = this.#ports.options();
    const registry: RegistryState = {
      host,
      breaker: new CircuitBreaker(this.#ports.backOff(retryMs, maxProbeMs)),
      checks: 1,
      waiting: new Set(),
      running: 0,
      trouble: '',
      cancelProbe: undefined,
    };
    this.#registries.set(host, registry);
    return registry;
  }

  /** A check that nobody needs any more is forgotten, and its registry with the last of them. */
  #detach(key: ResourceKey, check: ModuleCheck): void {
    check.keys.delete(key);
    if (check.keys.size > 0) return;
    check.cancel?.();
    this.#checks.delete(check.identity);
    this.#due.delete(check);
    this.#unrecalled.delete(check);
    if (check.verdict.module !== undefined) this.#memory.release(check.verdict.module.sha256);
    const { registry } = check;
    if (registry === undefined) return;
    registry.waiting.delete(check);
    if (--registry.checks > 0) return;
    registry.cancelProbe?.();
    this.#registries.delete(registry.host);
  }

  #touch(key: ResourceKey): void {
    this.#dirty.add(key);
    this.#passSoon();
  }

  #passSoon(): void {
    if (this.#isClosed) return;
    this.#cancelPass ??= this.#ports.clock.after(0, () => {
      this.#cancelPass = undefined;
      this.#tellRows();
      this.#begin();
    });
  }

  #begin(): void {
    const { parallel } = this.#ports.options();
    const half = Math.max(1, Math.floor(parallel / 2));
    for (const check of this.#due) {
      if (this.#running.size >= parallel) return;
      const { registry } = check;
      // Its end has it looked at again.
      if (registry === undefined || check.isRunning || registry.running >= half) continue;
      if (registry.breaker.isSuspect && this.#suspects() >= half) continue;
      this.#due.delete(check);
      if (registry.breaker.admits(this.#ports.clock.now())) this.#start(check, registry);
      else this.#waitFor(registry, check);
    }
  }

  /** Attempts under way with registries that failed the last time: they may well take all of their time again. */
  #suspects(): number {
    let running = 0;
    for (const registry of this.#registries.values())
      if (registry.breaker.isSuspect) running += registry.running;
    return running;
  }

  #start(check: ModuleCheck, registry: RegistryState): void {
    check.isRunning = true;
    check.nextAttemptMs = undefined;
    registry.running++;
    registry.breaker.begun();
    const run = this.#attempt(check, registry).finally(() => {
      check.isRunning = false;
      registry.running--;
      this.#running.delete(run);
      this.#passSoon();
    });
    this.#running.add(run);
  }

  async #attempt(check: ModuleCheck, registry: RegistryState): Promise<void> {
    const { clock, fetcher, log, onAttempt } = this.#ports;
    const { source } = check.wanted;
    const startMs = clock.now();
    let result: FetchResult;
    try {
      result = await fetcher.fetch(this.#requestOf(check));
    } catch (error) {
      if (this.#isClosed) return;
      log.error(
        { registry: registry.host, error: stackText(error) },
        'a bug in Sluice: the module stays as it is',
      );
      const message = `Sluice could not ask (${failureText(error)})`;
      result = { kind: 'unreachable', reason: 'bug', message, retryAfterMs: 0 };
    }
    if (this.#isClosed) return;
    const reason = result.kind === 'allowed' ? result.from : result.reason;
    onAttempt?.({
      source: source.kind,
      result: result.kind,
      reason,
      seconds: (clock.now() - startMs) / 1000,
    });
    this.#hearOf(registry, result);
    if (this.#checks.get(check.identity) === check) this.#conclude(check, result);
  }

  /** What one attempt says about all others with the same registry. */
  #hearOf(registry: RegistryState, result: FetchResult): void {
    const { breaker } = registry;
    if (result.kind !== 'unreachable') {
      const wasOpen = breaker.state !== 'closed';
      breaker.answered();
      registry.trouble = '';
      if (!wasOpen) return;
      this.#ports.log.info({ registry: registry.host }, 'the registry answers again');
      registry.cancelProbe?.();
      registry.cancelProbe = undefined;
      for (const check of registry.waiting) this.#due.add(check);
      registry.waiting.clear();
      return;
    }
    // What is our own fault is no news of the registry, only a probe has to have an end.
    if (result.reason === 'bug' && breaker.state === 'closed') return;
    const wasClosed = breaker.state === 'closed';
    registry.trouble = result.message;
    breaker.failed(this.#ports.clock.now(), result.retryAfterMs);
    if (breaker.state !== 'open') return;
    if (wasClosed) {
      const message =
        'the registry does not answer, and is only probed from now on: its modules stay as they are';
      this.#ports.log.warn({ registry: registry.host, reason: result.message }, message);
    }
    this.#probeLater(registry);
    for (const check of registry.waiting) this.#block(registry, check);
  }

  #probeLater(registry: RegistryState): void {
    registry.cancelProbe?.();
    const delayMs = registry.breaker.retryAtMs - this.#ports.clock.now();
    registry.cancelProbe = this.#ports.clock.after(Math.max(0, delayMs), () => {
      registry.cancelProbe = undefined;
      const [first] = registry.waiting;
      if (first === undefined) return;
      registry.waiting.delete(first);
      this.#due.add(first);
      this.#passSoon();
    });
  }

  #waitFor(registry: RegistryState, check: ModuleCheck): void {
    registry.waiting.add(check);
    this.#block(registry, check);
    if (registry.breaker.state === 'open' && registry.cancelProbe === undefined) this.#probeLater(registry);
  }

  /** The verdict of a check that may not even ask. */
  #block(registry: RegistryState, check: ModuleCheck): void {
    const message = registry.trouble;
    const result: FetchResult = { kind: 'unreachable', reason: 'network', message, retryAfterMs: 0 };
    check.verdict = judge(check.verdict, result, this.#ports.clock.wallMs());
    check.nextAttemptMs = this.#dateIn(registry.breaker.retryAtMs - this.#ports.clock.now());
    this.#touchAll(check);
  }

  #conclude(check: ModuleCheck, attempted: FetchResult): void {
    const { log, clock, options } = this.#ports;
    const result = this.#keepBytes(attempted);
    const before = check.verdict;
    check.verdict = judge(before, result, clock.wallMs());
    const { module } = check.verdict;
    if (before.module !== undefined && (module !== before.module || result.kind === 'allowed'))
      this.#memory.release(before.module.sha256);
    const fields = { module: [...check.keys][0], policies: check.keys.size, registry: check.registry?.host };
    if (result.kind === 'allowed') {
      check.confirmedAtMs = clock.now();
      check.backOff.reset();
      const { random } = this.#ports;
      this.#again(check, this.#ttlMs(check) * (1 - ttlJitter * random()));
      if (before.module?.sha256 !== result.module.sha256)
        log.info(
          { ...fields, sha256: result.module.sha256, bytes: result.module.size },
          'a WASM module is here',
        );
      else if (before.message !== undefined) log.info(fields, 'a WASM module could be checked again');
    } else {
      if (result.kind === 'denied' && check.verdict.state === 'allowed') check.confirmedAtMs = clock.now();
      const askedMs = result.kind === 'unreachable' ? result.retryAfterMs : 0;
      const { registry } = check;
      if (registry?.breaker.state === 'open') this.#waitFor(registry, check);
      else if (registry !== undefined)
        this.#again(check, check.backOff.nextMs(Math.min(askedMs, options().maxRetryMs)));
      const text =
        check.verdict.state === 'allowed' ? 'a WASM module stays as it is' : 'a WASM module is not to be had';
      const isNews = before.state !== check.verdict.state || before.message !== check.verdict.message;
      log[isNews ? 'warn' : 'debug'](
        { ...fields, state: check.verdict.state, reason: result.reason },
        `${text}: ${result.message}`,
      );
    }
    this.#touchAll(check);
  }

  /** The result, with the module's bytes put where `module` finds them. */
  #keepBytes(result: FetchResult): FetchResult {
    if (result.kind !== 'allowed') return result;
    const { memoryBytes } = this.#ports.options();
    const { sha256, size } = result.module;
    if (this.#memory.retain(sha256, result.bytes, memoryBytes)) return result;
    const { bytes } = this.#memory;
    return {
      kind: 'denied',
      reason: 'memory',
      message: `no room for ${size} bytes beside ${bytes} of other modules: wasm.memoryMiB is too low`,
    };
  }

  #again(check: ModuleCheck, delayMs: number): void {
    const { clock } = this.#ports;
    check.cancel?.();
    check.nextAttemptMs = this.#dateIn(delayMs);
    check.cancel = clock.after(delayMs, () => {
      check.cancel = undefined;
      this.#due.add(check);
      this.#passSoon();
    });
  }

  #ttlMs({ wanted }: ModuleCheck): number {
    const { ttlMs, alwaysTtlMs } = this.#ports.options();
    return wanted.pullPolicy === 'Always' ? alwaysTtlMs : ttlMs;
  }

  #staleMs(check: ModuleCheck): number {
    if (check.verdict.state !== 'allowed' || check.confirmedAtMs === undefined) return 0;
    return Math.max(0, this.#ports.clock.now() - check.confirmedAtMs - this.#ttlMs(check));
  }

  #dateIn(delayMs: number): number {
    return this.#ports.clock.wallMs() + Math.ceil(Math.max(0, delayMs));
  }

  #touchAll(check: ModuleCheck): void {
    for (const key of check.keys) this.#dirty.add(key);
    this.#passSoon();
  }

  #tellRows(): void {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const module = this.#modules.get(key);
      if (module === undefined) {
        this.#ports.onRow({ kind: 'delete', key });
        continue;
      }
      const row = wasmModuleRow(key, this.#rowOf(module));
      const text = Buffer.from(row.bytes).toString();
      if (text === module.told) continue;
      module.told = text;
      this.#ports.onRow({ kind: 'put', row });
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
    const { verdict } = module.check;
    if (verdict.state === 'unknown' || verdict.state === 'unreachable') return;
    const { held } = module;
    if (verdict.module !== undefined) this.#memory.retain(verdict.module.sha256, undefined, 0);
    if (held !== undefined) this.#memory.release(held.sha256);
    module.held = verdict.module && {
      sha256: verdict.module.sha256,
      size: verdict.module.size,
      sinceMs: verdict.sinceMs,
    };
  }
}

/** Part of the TTL by which an attempt may come early. */
const ttlJitter = 0.2;

const notYet = 'what is wanted now was not checked yet: the module from before stays';

const notConfirmed = 'allowed before Sluice was started, and not confirmed since';

const noPlace: FetchResult = {
  kind: 'denied',
  reason: 'place',
  message: 'the URL names no place that a module could come from',
};

/** One place of a policy. */
interface PolicyModule {
  check: ModuleCheck;
  /** What the last `allowed` row has named. */
  held: { readonly sha256: string; readonly size: number; readonly sinceMs: number } | undefined;
  /** The last row, as text. */
  told: string | undefined;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
