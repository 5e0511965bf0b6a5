import type { EffectiveListenerRow } from '../../../kinds/derived/effective-listeners.ts';

/**
 * Returns the section by which policies of a Gateway name a listener. Empty for one of a ListenerSet, which only those of
 * the whole Gateway reach: its name may be that of one of the Gateway's.
 */
export function listenerSection({
  set,
  listener,
}: {
  readonly set?: object | undefined;
  readonly listener: Pick<EffectiveListenerRow['listener'], 'name'>;
}): string {
  return set === undefined ? listener.name : '';
}
