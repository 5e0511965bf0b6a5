import type { Config } from '../config/config.ts';

/** A process of Sluice at work. */
export interface Running {
  readonly adminPort: number;
  readonly probesPort: number;
  /** Resolves when the source was read once and all of it is translated. */
  readonly ready: Promise<void>;
  /** Applies the live options. */
  reconfigure(config: Config): void;
  close(): Promise<void>;
}

/** A start, or the one line that says why there is none. */
export type Started<T extends Running> =
  | { readonly kind: 'running'; readonly sluice: T }
  | { readonly kind: 'error'; readonly line: string };
