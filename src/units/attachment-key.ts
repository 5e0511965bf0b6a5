import type { ResourceKey } from '../lib/key.ts';

/**
 * Names what routes are counted by: a listener of a Gateway or of a ListenerSet. An empty `listener` names the Gateway
 * itself, by which its ListenerSets are counted.
 */
export function attachmentKey(parent: ResourceKey, listener: string): string {
  return `${parent}/${listener}`;
}

/** Returns the object whose status shows the count. */
export function parentOf(attachment: string): ResourceKey {
  return attachment.slice(0, attachment.lastIndexOf('/')) as ResourceKey;
}
