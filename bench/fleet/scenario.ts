import type { Goal } from './report/goals.ts';
import type { Stage } from './stage.ts';
import type { Hosts } from './cluster/objects.ts';

export interface FigureKind {
  readonly title: string;
  readonly unit: 'ms' | 's' | 'kB' | 'MiB' | 'KiB' | 'count' | 'ratio';
}

/** A question to a control plane, and how it is measured. */
export interface Scenario {
  readonly name: string;
  readonly question: string;
  readonly figures: Readonly<Record<string, FigureKind>>;
  readonly goals: readonly Goal[];
  /**
   * Objects in the API server before it begins: `each` or `one`: the routes, with a host each or one host for all;
   * `none`: no route.
   */
  readonly objects: Hosts | 'none';
  /**
   * `shared`: scenarios of one layout follow each other on one start of the control plane, and leave the number of
   * objects as it was; `own`: starts the control plane itself.
   */
  readonly process: 'shared' | 'own';
  /** True: only Sluice is measured, as the scenario asks something of its own. */
  readonly isOwn?: boolean;
  /** True: its series are figures by the value of a knob. */
  readonly isSweep?: boolean;
  run(stage: Stage): Promise<void>;
}
