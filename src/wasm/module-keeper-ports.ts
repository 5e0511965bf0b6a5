import type { Clock } from '../lib/clock.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Attempt } from './attempt-queue.ts';
import type { FetchLimits, ModuleFetcher, Places } from './module-fetch.ts';
import type { ModuleRows } from './module-rows.ts';
import type { Registries } from './registries.ts';

export interface KeeperLog {
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
  readonly namespaceMemoryBytes: number;
  readonly limits: FetchLimits;
  readonly places: Places;
}

/** Collaborators and callbacks of a ModuleKeeper. No callback may throw. */
export interface ModuleKeeperPorts {
  readonly log: KeeperLog;
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

/** How the keeper stands, for metrics. */
export interface KeeperState {
  readonly modules: ReturnType<ModuleRows['counts']>;
  readonly registries: ReturnType<Registries['counts']>;
  /** Checks that are due or under way, but for those that wait for a registry to be back. */
  readonly backlog: number;
  readonly memoryBytes: number;
  /** Bytes of the modules that each namespace uses. */
  readonly memoryOf: Iterable<readonly [string, number]>;
  /** Checks of each namespace that are due. */
  readonly backlogOf: Iterable<readonly [string, number]>;
  /** How much longer than its time the oldest verdict in force has gone without being confirmed. */
  readonly staleMs: number;
}
