import type { EffectiveListenerRow } from '../../../kinds/derived/effective-listeners.ts';
import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { setName, type Attached } from './in-force.ts';

/** A listener as policies name it. */
export interface ListenerSection {
  /** The ListenerSet that has it; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly name: string;
}

export function listenerSection({
  set,
  listener,
}: {
  readonly set?: ObjectName | undefined;
  readonly listener: Pick<EffectiveListenerRow['listener'], 'name'>;
}): ListenerSection {
  return { ...(set === undefined ? {} : { set }), name: listener.name };
}

/** Policies of an object above a route, and the section of it that the route's requests come by. */
interface PoliciesAbove {
  readonly policies: readonly AttachedPolicy[];
  readonly section: string | undefined;
}

/**
 * Returns the policies above a listener's routes, of the more specific object first. A listener of a ListenerSet has no
 * policies of the Gateway's listeners, which may have its name.
 */
export function policiesAbove(
  { ofGateway, ofSets }: Pick<Attached, 'ofGateway' | 'ofSets'>,
  { set, name }: ListenerSection,
): PoliciesAbove[] {
  if (set === undefined) return [{ policies: ofGateway, section: name }];
  return [
    { policies: ofSets.get(setName(set)) ?? [], section: name },
    { policies: ofGateway, section: undefined },
  ];
}
