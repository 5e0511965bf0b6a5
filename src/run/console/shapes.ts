import type { ResourceKey, UnitName } from '../../lib/key.ts';
import type { SlowUnit } from '../../observe/slow-unit.ts';
import type { LaneState } from '../../schedule/lane-state.ts';
import type { LaneName } from '../../units/unit-def.ts';

/** State of the pipeline at one time. Counters count from the start of the process: the page shows their differences. */
export interface Tick {
  readonly atMs: number;
  /** When the process started: counters of another process cannot be compared. */
  readonly startedMs: number;
  readonly notReady?: string;
  readonly units: number;
  readonly backlog: number;
  readonly events: number;
  readonly lanes: Readonly<Record<LaneName, LaneTick>>;
  /** Upper bounds of buckets, in seconds. */
  readonly bounds: { readonly stage: readonly number[]; readonly lag: readonly number[] };
  readonly endpointLag: Buckets;
  readonly types: readonly TypeTick[];
  readonly proxies: number;
  /** Fleets with the oldest change that is not acknowledged. */
  readonly fleets: readonly FleetTick[];
  readonly slowest: readonly SlowUnit[];
  /** Most frequent conditions that say that an object is not in force as written. */
  readonly conditions: readonly ConditionTick[];
  /** Connections and streams that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface LaneTick extends LaneState {
  readonly coalesced: number;
  readonly published: number;
  readonly pushed: number;
  readonly acks: number;
  readonly nacks: number;
  readonly stages: Readonly<Record<string, Buckets>>;
}

export interface TypeTick {
  readonly type: string;
  readonly responses: number;
  readonly resources: number;
  readonly bytes: number;
  readonly behind: number;
  readonly oldestMs: number;
  readonly lastGood: number;
  readonly rejected: number;
}

export interface FleetTick {
  readonly gateway: string;
  readonly proxies: number;
  readonly oldestMs: number;
}

export interface ConditionTick {
  readonly kind: string;
  readonly type: string;
  readonly reason: string;
  readonly objects: number;
}

/** Observations of a histogram since the start: by upper bound, cumulative, the last one of all. */
export interface Buckets {
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface ListedObject {
  readonly object: ResourceKey;
  /** Field, message and what requests get. Empty: in force as written. */
  readonly wrong: readonly string[];
}

export interface ObjectList {
  readonly objects: readonly ListedObject[];
  /** Asks for what follows; undefined: this is the end. */
  readonly after?: string;
}

export interface ObjectDetail extends ListedObject {
  readonly status: unknown;
  /** Spec as its author wrote it, as far as Sluice reads it. */
  readonly source?: unknown;
  readonly units: readonly UnitDetail[];
  readonly decoded: readonly DecodedXds[];
  /** True when there is more than is shown. */
  readonly isCut: boolean;
}

/** Result of a unit that is in force. */
export interface UnitDetail {
  readonly unit: UnitName;
  readonly resources: number;
  readonly fragments: number;
  /** Units that it refers to, up to a limit. */
  readonly refs: readonly UnitName[];
}

export interface DecodedXds {
  readonly gateway: string;
  readonly type: string;
  readonly name: string;
  readonly content: unknown;
}

export interface ProxyPage {
  readonly proxies: readonly ProxyRow[];
  /** Asks for what follows; undefined: this is the end. */
  readonly from?: number;
}

export interface ProxyRow {
  readonly proxy: string;
  readonly gateway: string;
  readonly envoy?: string;
  readonly connectedForMs: number;
  readonly served: boolean;
  /** Resources that it lacks, up to a limit. */
  readonly lacks: readonly LackRow[];
  readonly isCut: boolean;
}

export interface LackRow {
  readonly type: string;
  readonly name: string;
  readonly forMs: number;
  readonly why: string;
  readonly message?: string;
}
