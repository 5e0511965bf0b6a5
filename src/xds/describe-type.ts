import type { Difference } from './acked-versions.ts';
import type { InternalFirst } from './internal-first.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Behind, BehindReason, ProxyTypeState } from './proxy-state.ts';
import type { Removals } from './removals.ts';
import type { Rejection } from '../publish/rejection.ts';
import type { TypeState } from './type-state.ts';
import { rulesOf, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';

export interface DeliveryState {
  readonly view: View | undefined;
  readonly gate: Pick<PublishGate, 'heldUntil'>;
  readonly removals: Pick<Removals, 'waitOf'>;
  readonly internalFirst: Pick<InternalFirst, 'heldUntil'>;
  /** Returns true where the client itself drops a removed resource, with its users. */
  readonly goesWithUser: (name: string) => boolean;
  readonly now: number;
}

/** Describes what a client has of one type, and why it lacks the rest. Read the result at once. */
export function describeType(type: TypeUrl, state: TypeState, delivery: DeliveryState): ProxyTypeState {
  const { subscription, inFlight } = state;
  return {
    type,
    wildcard: subscription.wildcard,
    subscribed: subscription.names.size,
    inFlight,
    behind: () => behindOf(type, state, delivery),
    acked: () => ackedOf(type, state, delivery.view),
  };
}

function* behindOf(type: TypeUrl, state: TypeState, delivery: DeliveryState): Generator<Behind> {
  const { view } = delivery;
  const lastGood = new Set<string>();
  for (const rejection of view?.rejections() ?? []) {
    if (rejection.type !== type || !state.subscription.wants(rejection.name)) continue;
    lastGood.add(rejection.name);
    yield lastGoodOf(rejection, state);
  }
  const rejected: Behind[] = [];
  const others: Behind[] = [];
  for (const [name, difference] of state.acked.differences()) {
    const wanted = view?.published(type, name);
    if (wanted === undefined && lastGood.has(name)) continue;
    const reason = reasonOf(type, name, wanted, state, delivery);
    (reason.kind === 'rejected' ? rejected : others).push(behind(name, difference, wanted, reason, state));
  }
  yield* rejected;
  yield* others;
}

function behind(
  name: string,
  { version, since }: Difference,
  wanted: string | undefined,
  reason: BehindReason,
  state: TypeState,
): Behind {
  return { name, sent: sentOf(name, state), acked: version, wanted, since, reason };
}

function lastGoodOf({ name, version, message, since, domain }: Rejection, state: TypeState): Behind {
  return {
    name,
    sent: sentOf(name, state),
    acked: state.acked.get(name),
    wanted: domain === undefined ? version : undefined,
    since,
    reason: { kind: 'last-good', message, domain },
  };
}

function sentOf(name: string, { inFlight }: TypeState): string | null | undefined {
  return inFlight?.versions.has(name) === true ? (inFlight.versions.get(name) ?? null) : undefined;
}

function reasonOf(
  type: TypeUrl,
  name: string,
  wanted: string | undefined,
  state: TypeState,
  { view, gate, removals, internalFirst, goesWithUser, now }: DeliveryState,
): BehindReason {
  const { inFlight } = state;
  if (inFlight?.versions.has(name) === true) {
    return { kind: inFlight.versions.get(name) === wanted ? 'unanswered' : 'response-before' };
  }
  if (view === undefined) return { kind: 'no-view' };
  const rejected = state.rejected.get(name);
  if (rejected !== undefined && rejected.version === wanted)
    return { kind: 'rejected', message: rejected.message };
  if (wanted === undefined) {
    if (goesWithUser(name)) return { kind: 'goes-with-user' };
    const wait = removals.waitOf(type, name, now);
    if (wait !== undefined) return wait;
  }
  if (inFlight !== undefined) return { kind: 'response-before' };
  if (rulesOf(type).turn !== 'gated') return { kind: 'next' };
  if (gate.heldUntil !== undefined) return { kind: 'clusters', until: gate.heldUntil };
  const until = internalFirst.heldUntil;
  return until === undefined ? { kind: 'next' } : { kind: 'internal-listeners', until };
}

function* ackedOf(
  type: TypeUrl,
  { subscription, acked }: TypeState,
  view: View | undefined,
): Generator<readonly [string, string]> {
  for (const name of subscription.wildcard ? (view?.names(type) ?? []) : subscription.names) {
    const version = acked.get(name);
    if (version !== undefined) yield [name, version];
  }
  if (!subscription.wildcard) return;
  for (const [name, { version }] of acked.differences())
    if (version !== undefined && view?.get(type, name) === undefined) yield [name, version];
}
