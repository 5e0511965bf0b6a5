import type { ResourceKey } from '../lib/key.ts';

/**
 * Tells the author of an object a fact for which its status has no place: the status may be another controller's, or
 * none. It becomes an Event.
 */
export interface Notice {
  readonly object: ResourceKey;
  /** One word, as of a condition. */
  readonly reason: string;
  /** Begins with the field's path where there is one. */
  readonly message: string;
}
