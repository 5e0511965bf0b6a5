import { failureText } from '../lib/failure.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { AttemptQueue } from './attempt-queue.ts';
import { CheckTimes } from './check-times.ts';
import { identityOfModule, type ModuleCheck, type RegistryState } from './module-check.ts';
import type { FetchRequest, FetchResult, RecalledModule } from './module-fetch.ts';
import type { KeeperState, ModuleKeeperPorts } from './module-keeper-ports.ts';
import { ModuleMemory } from './module-memory.ts';
import { gaveRoom, noRoom } from './module-room.ts';
import { ModuleRows } from './module-rows.ts';
import { RecallQueue } from './recall-queue.ts';
import { Registries } from './registries.ts';
import { judge, unchecked } from './verdict.ts';

/**
 * Keeps the verdict on every module that policies name, and the bytes of allowed modules. Works in the background and
 * reports rows, so translation never waits for a registry: a slow one delays only the first use of its own modules.
 * A verdict belongs to one identity (place, credentials, authorities): a module in memory or on disk is given only to
 * identities that may read it. Attempts never stop.
 */
export class ModuleKeeper {
  readonly #ports: ModuleKeeperPorts;
  readonly #memory: ModuleMemory;
  readonly #rows: ModuleRows;
  readonly #registries: Registries;
  readonly #recalls: RecallQueue;
  readonly #attempts: AttemptQueue;
  readonly #times: CheckTimes;
  readonly #checks = new Map<string, ModuleCheck>();
  #cancelPass: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: ModuleKeeperPorts) {
    const { log, clock, fetcher, options, backOff, random, onRow, onAttempt } = ports;
    this.#ports = ports;
    this.#memory = new ModuleMemory(clock);
    this.#rows = new ModuleRows(this.#memory, onRow);
    this.#times = new CheckTimes({ clock, options, random, onDue: (check) => this.#due(check) });
    this.#registries = new Registries({
      log,
      clock,
      backOff: () => backOff(options().retryMs, options().maxProbeMs),
      onDue: (check) => this.#due(check),
      onBlocked: (check, registry) => this.#block(check, registry),
    });
    this.#recalls = new RecallQueue({
      recall: (check) => fetcher.recall(this.#requestOf(check)),
      onRecalled: (check, recalled) => {
        if (recalled !== undefined) this.#adopt(check, recalled);
        this.#due(check);
      },
      onFault: (error) => {
        if (!this.#isClosed)
          log.warn({ error: failureText(error) }, 'a WASM module could not be looked up on disk');
      },
    });
    this.#attempts = new AttemptQueue({
      log,
      clock,
      fetcher,
      registries: this.#registries,
      parallel: () => options().parallel,
      request: (check) => this.#requestOf(check),
      onResult: (check, registry, result) => this.#onResult(check, registry, result),
      onEnd: () => this.#passSoon(),
      onAttempt,
    });
  }

  /** Sets the module of a plugin; undefined removes it. The row follows later. */
  set(key: ResourceKey, wanted: WantedModule | undefined): void {
    const before = this.#rows.checkOf(key);
    const { namespace } = splitResourceKey(key);
    const identity = wanted === undefined ? undefined : identityOfModule(namespace, wanted);
    if (before?.identity === identity) return;
    const after = wanted && identity !== undefined ? this.#checkFor(identity, namespace, wanted) : undefined;
    if (before !== undefined) this.#detach(key, before);
    after?.keys.add(key);
    this.#rows.set(key, after);
    this.#passSoon();
  }

  /** Returns the bytes of a module that an `allowed` row names, or recently named. */
  module(sha256: string): Uint8Array | undefined {
    return this.#memory.get(sha256);
  }

  state(): KeeperState {
    const stale = [...this.#checks.values()].map((check) => this.#times.staleMs(check));
    return {
      modules: this.#rows.counts(),
      registries: this.#registries.counts(),
      backlog: this.#recalls.size + this.#attempts.size,
      memoryBytes: this.#memory.bytes,
      memoryOf: this.#memory.namespaces,
      backlogOf: this.#attempts.backlogs(),
      staleMs: stale.reduce((most, ms) => Math.max(most, ms), 0),
    };
  }

  /** Reports no further row. Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPass?.();
    for (const check of this.#checks.values()) check.cancel?.();
    this.#registries.close();
    this.#attempts.close();
    this.#recalls.clear();
    await this.#ports.fetcher.close();
    await this.#attempts.ended();
  }

  #checkFor(identity: string, namespace: string, wanted: WantedModule): ModuleCheck {
    const known = this.#checks.get(identity);
    if (known !== undefined) return known;
    const { retryMs, maxRetryMs } = this.#ports.options();
    const check: ModuleCheck = {
      identity,
      namespace,
      wanted,
      registry: this.#registries.join(wanted, namespace),
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
    else this.#recalls.add(check);
    return check;
  }

  #detach(key: ResourceKey, check: ModuleCheck): void {
    check.keys.delete(key);
    if (check.keys.size > 0) return;
    check.cancel?.();
    this.#checks.delete(check.identity);
    this.#attempts.delete(check);
    this.#recalls.delete(check);
    if (check.verdict.module !== undefined)
      this.#memory.release(check.verdict.module.sha256, check.namespace);
    this.#registries.leave(check);
  }

  #adopt(check: ModuleCheck, { module, bytes }: RecalledModule): void {
    const { clock, log, options } = this.#ports;
    if (!this.#memory.retain(module.sha256, check.namespace, bytes, options().memoryBytes)) return;
    check.verdict = { state: 'allowed', module, sinceMs: clock.wallMs(), message: notConfirmed };
    check.confirmedAtMs = clock.now();
    log.info(
      { module: [...check.keys][0], sha256: module.sha256 },
      'a WASM module from before the start is in use',
    );
    this.#rows.touch(check);
  }

  #requestOf(check: ModuleCheck): FetchRequest {
    const { namespace } = check;
    const { source, sha256, credentials, ca } = check.wanted;
    const { limits, places } = this.#ports.options();
    return { namespace, source, sha256, credentials, ca, known: check.verdict.module, limits, places };
  }

  #due(check: ModuleCheck): void {
    this.#attempts.add(check);
    this.#passSoon();
  }

  #passSoon(): void {
    if (this.#isClosed) return;
    this.#cancelPass ??= this.#ports.clock.after(0, () => {
      this.#cancelPass = undefined;
      this.#rows.report();
      this.#attempts.begin();
    });
  }

  /** Sets the verdict of a check whose registry must not be asked now. */
  #block(check: ModuleCheck, registry: RegistryState): void {
    const message = registry.failure;
    const result: FetchResult = { kind: 'unreachable', reason: 'network', message, retryAfterMs: 0 };
    check.verdict = judge(check.verdict, result, this.#ports.clock.wallMs());
    check.nextAttemptMs = this.#times.dateIn(registry.breaker.retryAtMs - this.#ports.clock.now());
    this.#touch(check);
  }

  #onResult(check: ModuleCheck, registry: RegistryState, result: FetchResult): void {
    this.#registries.noteResult(registry, result);
    if (this.#checks.get(check.identity) === check) this.#conclude(check, registry, result);
  }

  #conclude(check: ModuleCheck, registry: RegistryState, attempted: FetchResult): void {
    const { log, clock, options } = this.#ports;
    const result = this.#keepBytes(check, attempted);
    const before = check.verdict;
    check.verdict = judge(before, result, clock.wallMs());
    const { module } = check.verdict;
    if (before.module !== undefined && (module !== before.module || result.kind === 'allowed'))
      this.#memory.release(before.module.sha256, check.namespace);
    const fields = { module: [...check.keys][0], policies: check.keys.size, registry: registry.host };
    if (result.kind === 'allowed') {
      check.confirmedAtMs = clock.now();
      check.backOff.reset();
      this.#times.atEndOfTtl(check);
      if (before.module?.sha256 !== result.module.sha256)
        log.info(
          { ...fields, sha256: result.module.sha256, bytes: result.module.size },
          'a WASM module is ready',
        );
      else if (before.message !== undefined) log.info(fields, 'a WASM module could be checked again');
    } else {
      if (result.kind === 'denied' && check.verdict.state === 'allowed') check.confirmedAtMs = clock.now();
      const askedMs = result.kind === 'unreachable' ? result.retryAfterMs : 0;
      if (registry.breaker.state === 'open') this.#registries.waitFor(registry, check);
      else this.#times.after(check, check.backOff.nextMs(Math.min(askedMs, options().maxRetryMs)));
      const text =
        check.verdict.state === 'allowed'
          ? 'the WASM module from before stays in use'
          : 'a WASM module cannot be used';
      const isNews = before.state !== check.verdict.state || before.message !== check.verdict.message;
      log[isNews ? 'warn' : 'debug'](
        { ...fields, state: check.verdict.state, reason: result.reason },
        `${text}: ${result.message}`,
      );
    }
    this.#touch(check);
  }

  #keepBytes({ namespace }: ModuleCheck, result: FetchResult): FetchResult {
    if (result.kind !== 'allowed') return result;
    const options = this.#ports.options();
    const { memoryBytes, namespaceMemoryBytes } = options;
    const { sha256, size } = result.module;
    if (this.#memory.retain(sha256, namespace, result.bytes, memoryBytes)) return result;
    const others = this.#memory.reclaimable(namespace, size, memoryBytes, namespaceMemoryBytes);
    for (const other of others) this.#takeRoom(other);
    if (this.#memory.retain(sha256, namespace, result.bytes, memoryBytes)) return result;
    return noRoom(this.#memory, namespace, size, options);
  }

  /** Withdraws a module from all its users. */
  #takeRoom(sha256: string): void {
    const { clock, log, options } = this.#ports;
    for (const check of this.#checks.values()) {
      if (check.verdict.module?.sha256 !== sha256) continue;
      const message = gaveRoom(this.#memory, check.namespace, options());
      this.#memory.release(sha256, check.namespace);
      check.verdict = { state: 'denied', module: undefined, sinceMs: clock.wallMs(), message };
      this.#times.after(check, options().maxRetryMs);
      log.warn({ module: [...check.keys][0], sha256 }, `a WASM module cannot be used: ${message}`);
      this.#touch(check);
    }
    this.#rows.withdraw(sha256);
  }

  #touch(check: ModuleCheck): void {
    this.#rows.touch(check);
    this.#passSoon();
  }
}

const notConfirmed = 'allowed before Sluice was started, and not confirmed since';

const noPlace: FetchResult = {
  kind: 'denied',
  reason: 'place',
  message: 'the URL has no host to fetch a module from',
};
