import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import type { ApiServer } from './api-server.ts';
import type { Fault } from './fault.ts';
import type { TurnBudget } from './turn-budget.ts';

/** Collaborators and callbacks of a Reflector. No callback may throw. */
export interface ReflectorPorts {
  readonly api: ApiServer;
  readonly clock: Clock;
  readonly turn: TurnBudget;
  /** Called with net changes, never empty, of one read of the network or a part of a list. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  /** Called once, when all objects were reported, or when the API server does not serve the kind. */
  readonly onSynced: () => void;
  readonly onAbsent?: () => void;
  /** `isNews`: the fault is of another sort than the last one, or an attempt succeeded in between. */
  readonly onFault: (fault: Fault, isNews: boolean) => void;
}
