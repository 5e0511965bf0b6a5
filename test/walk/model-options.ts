import type { Clock } from '../../src/lib/clock.ts';
import type { View } from '../../src/publish/view.ts';
import type { Service } from '../rig/xds/xds-types.ts';

export interface ModelOptions {
  readonly id: string;
  readonly gateway: string;
  readonly clock: Clock;
  /** Time for which a replaced or removed listener goes on. */
  readonly drainMs: number;
  /** Called to read the next message. */
  readonly schedule: (task: () => void) => void;
  /** Resources for its Gateway's proxies now; undefined: the server leaves them as they are. */
  readonly view: () => View | undefined;
  /** Counts events that may change the view. */
  readonly generation: () => number;
}

/** Changes the initial versions of a reconnecting proxy. */
export type Claim = (service: Service, versions: Map<string, string>) => Map<string, string>;
