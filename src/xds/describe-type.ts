import type { Difference } from './held.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Behind, BehindReason, ProxyTypeState } from './proxy-state.ts';
import type { Refusal } from '../publish/refusal.ts';
import type { TypeState } from './type-state.ts';
import { rulesOf, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';

/** State that stands between one client and its view. */
export interface DeliveryState {
  /** Undefined while there is nothing to serve. */
  readonly view: View | undefined;
  readonly gate: Pick<PublishGate, 'heldUntil' | 'removalWait'>;
  /** True where the client drops what is gone of the type by itself, with what uses it. */
  readonly goesWithUser: boolean;
  readonly now: number;
}

/** Describes what a client has of one type, and why it has not the rest. Read the result at once. */
export function describeType(type: TypeUrl, state: TypeState, delivery: DeliveryState): ProxyTypeState {
  const { subscription, inFlight } = state;
  return {
    type,
    wildcard: subscription.wildcard,
    subscribed: subscription.names.size,
    inFlight,
    behind: () => behindOf(type, state, delivery),
    held: () => heldOf(type, state, delivery.view),
  };
}

/** Lists what is refused first. */
function* behindOf(type: TypeUrl, state: TypeState, delivery: DeliveryState): Generator<Behind> {
  const { view } = delivery;
  const lastGood = new Set<string>();
  for (const refusal of view?.refusals() ?? []) {
    if (refusal.type !== type || !state.subscription.wants(refusal.name)) continue;
    lastGood.add(refusal.name);
    yield lastGoodOf(refusal, state);
  }
  const refused: Behind[] = [];
  const others: Behind[] = [];
  for (const [name, difference] of state.held.differences()) {
    const wanted = view?.published(type, name);
    // Without a good version there is nothing else to be said of it.
    if (wanted === undefined && lastGood.has(name)) continue;
    const reason = reasonOf(type, name, wanted, state, delivery);
    (reason.kind === 'refused' ? refused : others).push(behind(name, difference, wanted, reason, state));
  }
  yield* refused;
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

function lastGoodOf({ name, version, message, since, domain }: Refusal, state: TypeState): Behind {
  return {
    name,
    sent: sentOf(name, state),
    acked: state.held.get(name),
    // The version of one domain is not that of the RouteConfiguration that it belongs to.
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
  { view, gate, goesWithUser, now }: DeliveryState,
): BehindReason {
  const { inFlight } = state;
  if (inFlight?.versions.has(name) === true) {
    return { kind: inFlight.versions.get(name) === wanted ? 'unanswered' : 'response-before' };
  }
  if (view === undefined) return { kind: 'no-view' };
  const refused = state.rejected.get(name);
  if (refused !== undefined && refused.version === wanted)
    return { kind: 'refused', message: refused.message };
  if (wanted === undefined) {
    if (goesWithUser) return { kind: 'goes-with-cluster' };
    const removal = state.removals.get(name);
    const wait = removal === undefined ? undefined : gate.removalWait(removal, now);
    if (wait !== undefined) return wait;
  }
  if (inFlight !== undefined) return { kind: 'response-before' };
  const until = rulesOf(type).turn === 'gated' ? gate.heldUntil : undefined;
  return until === undefined ? { kind: 'next' } : { kind: 'clusters', until };
}

function* heldOf(
  type: TypeUrl,
  { subscription, held }: TypeState,
  view: View | undefined,
): Generator<readonly [string, string]> {
  for (const name of subscription.wildcard ? (view?.names(type) ?? []) : subscription.names) {
    const version = held.get(name);
    if (version !== undefined) yield [name, version];
  }
  if (!subscription.wildcard) return;
  for (const [name, { version }] of held.differences())
    if (version !== undefined && view?.get(type, name) === undefined) yield [name, version];
}
