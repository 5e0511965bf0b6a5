import type { Config } from '../config/config.ts';

export interface Running {
  readonly adminPort: number;
  readonly probesPort: number;
  /** Resolves when the source was read once and all of it is translated. */
  readonly ready: Promise<void>;
  reconfigure(config: Config): void;
  close(): Promise<void>;
}

/** A running process, or the reason for none in one line. */
export type Started<T extends Running> =
  | { readonly kind: 'running'; readonly sluice: T }
  | { readonly kind: 'error'; readonly line: string };
