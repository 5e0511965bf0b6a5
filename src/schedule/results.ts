import type { UnitOutput } from '../batch/outcome.ts';
import type { UnitName } from '../lib/key.ts';
import type { LaneName } from '../units/unit-def.ts';
import type { Wave } from './wave.ts';

/** Takes what is translated: the stage behind this one. */
export interface Results {
  /** False until every source was read once and all of it is in force. */
  readonly isReady: boolean;
  /** True when the unit has a result, in force or not. */
  hasOutput(unit: UnitName): boolean;
  /** The unit's newest result, in force or not. */
  newest(unit: UnitName): UnitOutput | undefined;
  /** Takes the unit's newest result; undefined: it has gone. It comes into force with its wave. */
  put(unit: UnitName, output: UnitOutput | undefined): void;
  /** Translation of the unit fails, and its last result stays; `message` undefined: it does no longer. */
  failed(unit: UnitName, message: string | undefined): void;
  /** A batch of a lane has been taken; it was begun at `startedAt`. */
  batchDone(lane: LaneName, startedAt: number): void;
  /** A wave of a lane is done: all of it may come into force. The lane counts as busy until the promise is done. */
  complete(lane: LaneName, wave: Wave): Promise<void>;
}
