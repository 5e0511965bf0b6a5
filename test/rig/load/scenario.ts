/** Times depend on the machine: a short run on a busy one does not judge them. */
export type Unit = 'ms' | 'count';

export interface SoakPorts {
  /** `count` by default. A value above `atMost`, or that is no number, misses its goal. */
  readonly report: (name: string, value: number, atMost?: number, unit?: Unit) => void;
  /** Progress; may be called at any rate. */
  readonly progress: (line: string) => void;
}

/** A run against real processes, limited in count and time. Ends what it starts, on errors too. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly run: (ports: SoakPorts) => Promise<void>;
}
