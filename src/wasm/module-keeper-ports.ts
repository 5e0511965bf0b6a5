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

interface BackOff {
  nextMs(askedMs?: number): number;
  reset(): void;
}

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
  /** Called before each use: a changed option applies to the next attempt. */
  readonly options: () => ModuleKeeperOptions;
  readonly backOff: (firstMs: number, maxMs: number) => BackOff;
  /** From 0 to 1; spreads the attempts of modules and replicas. */
  readonly random: () => number;
  /** Called in a later turn than its cause. The bytes of an `allowed` row are available. */
  readonly onRow: (change: RowChange) => void;
  readonly onAttempt?: (attempt: Attempt) => void;
}

export interface KeeperState {
  readonly modules: ReturnType<ModuleRows['counts']>;
  readonly registries: ReturnType<Registries['counts']>;
  /** Due and running checks, without those that wait for a registry. */
  readonly backlog: number;
  readonly memoryBytes: number;
  readonly memoryOf: Iterable<readonly [string, number]>;
  readonly backlogOf: Iterable<readonly [string, number]>;
  /** Longest time that a verdict has been unconfirmed after the end of its TTL. */
  readonly staleMs: number;
}
