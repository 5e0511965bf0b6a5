/** Times depend on the machine: a short run on a busy one does not judge them. */
export type Unit = 'ms' | 'count';

/** Figures and progress of a scenario. */
export interface SoakPorts {
  /** Takes one figure; `count` unless a unit is given. One above `atMost`, or that is no number, has missed its goal. */
  readonly report: (name: string, value: number, atMost?: number, unit?: Unit) => void;
  /** Takes a few words about how far the scenario is, at any rate. */
  readonly progress: (line: string) => void;
}

/** A long run against real processes, bounded in count and time. Ends what it starts, however it ends. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly run: (ports: SoakPorts) => Promise<void>;
}
