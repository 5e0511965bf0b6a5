import { failureText } from '../lib/failure.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { Unreachable } from '../remote/attempt-result.ts';
import type { CheckState } from '../remote/check-state.ts';
import { CheckSchedule } from '../remote/check-schedule.ts';
import type { ServerState } from '../remote/remote-check.ts';
import { identityOfModule, registryOf, type ModuleCheck } from './module-check.ts';
import type { FetchRequest, FetchResult, RecalledModule } from './module-fetch.ts';
import type { KeeperState, ModuleKeeperPorts } from './module-keeper-ports.ts';
import { ModuleMemory } from './module-memory.ts';
import { gaveRoom, noRoom } from './module-room.ts';
import { ModuleRows } from './module-rows.ts';
import { RecallQueue } from './recall-queue.ts';
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
  readonly #recalls: RecallQueue;
  readonly #schedule: CheckSchedule<ModuleCheck, FetchResult>;
  readonly #checks = new Map<string, ModuleCheck>();

  constructor(ports: ModuleKeeperPorts) {
    const { log, clock, fetcher, options, onRow } = ports;
    this.#ports = ports;
    this.#memory = new ModuleMemory(clock);
    this.#rows = new ModuleRows(this.#memory, onRow);
    this.#schedule = new CheckSchedule({
      ...ports,
      ttlMs: ({ wanted }) => (wanted.pullPolicy === 'Always' ? options().alwaysTtlMs : options().ttlMs),
      attempt: (check) => fetcher.fetch(this.#requestOf(check)),
      onResult: (check, registry, result, seconds) => this.#onResult(check, registry, result, seconds),
      onBlocked: (check, failure) => this.#block(check, failure),
      onPass: () => this.#rows.report(),
    });
    this.#recalls = new RecallQueue({
      recall: (check) => fetcher.recall(this.#requestOf(check)),
      onRecalled: (check, recalled) => {
        if (recalled !== undefined) this.#adopt(check, recalled);
        this.#schedule.due(check);
      },
      onFault: (error) => {
        if (!this.#schedule.isClosed)
          log.warn({ error: failureText(error) }, 'a WASM module could not be looked up on disk');
      },
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
    this.#schedule.passSoon();
  }

  /** Returns the bytes of a module that an `allowed` row names, or recently named. */
  module(sha256: string): Uint8Array | undefined {
    return this.#memory.get(sha256);
  }

  state(): KeeperState {
    const stale = [...this.#checks.values()].map((check) =>
      check.verdict.state === 'allowed' ? this.#schedule.staleMs(check) : 0,
    );
    return {
      modules: this.#rows.counts(),
      registries: this.#schedule.serverCounts(),
      backlog: this.#recalls.size + this.#schedule.backlog,
      memoryBytes: this.#memory.bytes,
      memoryOf: this.#memory.namespaces,
      backlogOf: this.#schedule.backlogs,
      staleMs: stale.reduce((most, ms) => Math.max(most, ms), 0),
    };
  }

  *states(): Generator<CheckState> {
    for (const check of this.#checks.values()) {
      const { state, sinceMs, message } = check.verdict;
      const [first = ''] = check.keys;
      const users = check.keys.size;
      yield { for: first, users, state, sinceMs, message, ...this.#schedule.stateOf(check) };
    }
  }

  /** Reports no further row. Resolves when nothing is under way. */
  async close(): Promise<void> {
    for (const check of this.#checks.values()) check.cancel?.();
    this.#schedule.close();
    this.#recalls.clear();
    await this.#ports.fetcher.close();
    await this.#schedule.ended();
  }

  #checkFor(identity: string, namespace: string, wanted: WantedModule): ModuleCheck {
    const known = this.#checks.get(identity);
    if (known !== undefined) return known;
    const check: ModuleCheck = {
      ...this.#schedule.newCheck(registryOf(wanted), namespace),
      identity,
      wanted,
      keys: new Set(),
      verdict: unchecked(this.#ports.clock.wallMs()),
    };
    this.#checks.set(identity, check);
    if (check.server === undefined) check.verdict = judge(check.verdict, noPlace, this.#ports.clock.wallMs());
    else this.#recalls.add(check);
    return check;
  }

  #detach(key: ResourceKey, check: ModuleCheck): void {
    check.keys.delete(key);
    if (check.keys.size > 0) return;
    this.#checks.delete(check.identity);
    this.#schedule.end(check);
    this.#recalls.delete(check);
    if (check.verdict.module !== undefined)
      this.#memory.release(check.verdict.module.sha256, check.namespace);
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

  /** Sets the verdict of a check whose registry must not be asked now. */
  #block(check: ModuleCheck, failure: Unreachable): void {
    check.verdict = judge(check.verdict, failure, this.#ports.clock.wallMs());
    this.#touch(check);
  }

  #onResult(check: ModuleCheck, registry: Registry, result: FetchResult, seconds: number): void {
    this.#ports.onAttempt?.({
      source: check.wanted.source.kind,
      result: result.kind,
      reason: result.kind === 'allowed' ? result.from : result.reason,
      seconds,
    });
    if (this.#checks.get(check.identity) === check) this.#conclude(check, registry, result);
  }

  #conclude(check: ModuleCheck, registry: Registry, attempted: FetchResult): void {
    const { log, clock } = this.#ports;
    const result = this.#keepBytes(check, attempted);
    const before = check.verdict;
    check.verdict = judge(before, result, clock.wallMs());
    const { module } = check.verdict;
    if (before.module !== undefined && (module !== before.module || result.kind === 'allowed'))
      this.#memory.release(before.module.sha256, check.namespace);
    const fields = { module: [...check.keys][0], policies: check.keys.size, registry: registry.host };
    if (result.kind === 'allowed') {
      this.#schedule.confirmed(check);
      if (before.module?.sha256 !== result.module.sha256)
        log.info(
          { ...fields, sha256: result.module.sha256, bytes: result.module.size },
          'a WASM module is ready',
        );
      else if (before.message !== undefined) log.info(fields, 'a WASM module could be checked again');
    } else {
      if (result.kind === 'denied' && check.verdict.state === 'allowed') check.confirmedAtMs = clock.now();
      this.#schedule.failed(check, registry, result.kind === 'unreachable' ? result.retryAfterMs : 0);
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
      this.#schedule.after(check, options().maxRetryMs);
      log.warn({ module: [...check.keys][0], sha256 }, `a WASM module cannot be used: ${message}`);
      this.#touch(check);
    }
    this.#rows.withdraw(sha256);
  }

  #touch(check: ModuleCheck): void {
    this.#rows.touch(check);
    this.#schedule.passSoon();
  }
}

type Registry = ServerState<ModuleCheck>;

const notConfirmed = 'allowed before Sluice was started, and not confirmed since';

const noPlace: FetchResult = {
  kind: 'denied',
  reason: 'place',
  message: 'the URL has no host to fetch a module from',
};
