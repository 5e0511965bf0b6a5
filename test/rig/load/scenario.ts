/** What a scenario tells of itself. */
export interface SoakPorts {
  /** Takes one figure. `atMost` is what it must reach, when it must reach something. */
  readonly report: (name: string, value: number, atMost?: number) => void;
  /** How far it is, in a few words; as often as it likes. */
  readonly progress: (line: string) => void;
}

/** A long run against real processes, bounded in count and time. Ends what it starts, however it ends. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly run: (ports: SoakPorts) => Promise<void>;
}
