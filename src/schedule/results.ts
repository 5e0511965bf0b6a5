import type { UnitOutput } from '../batch/outcome.ts';
import type { UnitName } from '../lib/key.ts';
import type { Origin } from '../lib/origin.ts';
import type { LaneName } from '../units/unit-def.ts';
import type { Wave } from './wave.ts';

export interface Results {
  /** False until every source was read once and all of it is in force. */
  readonly isReady: boolean;
  hasOutput(unit: UnitName): boolean;
  newest(unit: UnitName): UnitOutput | undefined;
  /** Takes the unit's newest result, or undefined when the unit has ended. It comes into force with its wave. */
  put(unit: UnitName, output: UnitOutput | undefined): void;
  /** Called when translation of the unit fails and its last result stays; `message` undefined: it succeeds again. */
  failed(unit: UnitName, message: string | undefined): void;
  batchDone(lane: LaneName, origin: Origin): void;
  /** Called when a wave is done and may come into force. The lane counts as busy until the promise is done. */
  complete(lane: LaneName, wave: Wave): Promise<void>;
}
