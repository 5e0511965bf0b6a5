/** State of something that is fetched, as the console shows it. */
export interface CheckState {
  /** Object that asks for it: one of them, as several may. */
  readonly for: string;
  readonly users: number;
  /** Server that is asked. */
  readonly host: string;
  readonly state: string;
  /** Dates in milliseconds. */
  readonly sinceMs: number;
  readonly nextAttemptMs: number | undefined;
  readonly isRunning: boolean;
  /** Age of the last confirmation. */
  readonly confirmedAgoMs: number | undefined;
  readonly message: string | undefined;
}
