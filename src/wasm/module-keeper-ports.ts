import type { RowChange } from '../kinds/row.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { CircuitBreaker } from '../remote/circuit-breaker.ts';
import type { ScheduleOptions, ScheduleSurroundings } from '../remote/check-schedule.ts';
import type { FetchLimits, FetchResult, ModuleFetcher, ModulePlaces } from './module-fetch.ts';
import type { ModuleRows } from './module-rows.ts';

export interface ModuleKeeperOptions extends ScheduleOptions {
  readonly ttlMs: number;
  readonly alwaysTtlMs: number;
  readonly memoryBytes: number;
  readonly namespaceMemoryBytes: number;
  readonly limits: FetchLimits;
  readonly places: ModulePlaces;
}

/** Collaborators and callbacks of a ModuleKeeper. No callback may throw. */
export interface ModuleKeeperPorts extends ScheduleSurroundings {
  readonly fetcher: ModuleFetcher;
  /** Called before each use: a changed option applies to the next attempt. */
  readonly options: () => ModuleKeeperOptions;
  /** Called in a later turn than its cause. The bytes of an `allowed` row are available. */
  readonly onRow: (change: RowChange) => void;
  readonly onAttempt?: (attempt: Attempt) => void;
}

export interface Attempt {
  readonly source: WantedModule['source']['kind'];
  readonly result: FetchResult['kind'];
  readonly reason: Exclude<FetchResult, { kind: 'allowed' }>['reason'] | 'known' | 'disk' | 'network';
  readonly seconds: number;
}

export interface KeeperState {
  readonly modules: ReturnType<ModuleRows['counts']>;
  readonly registries: Readonly<Record<CircuitBreaker['state'], number>>;
  /** Due and running checks, without those that wait for a registry. */
  readonly backlog: number;
  readonly memoryBytes: number;
  readonly memoryOf: Iterable<readonly [string, number]>;
  readonly backlogOf: Iterable<readonly [string, number]>;
  /** Longest time that a verdict has been unconfirmed after the end of its TTL. */
  readonly staleMs: number;
}
