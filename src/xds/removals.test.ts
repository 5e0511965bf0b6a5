import { arrivedAt } from '../lib/origin.ts';
import { expect, test } from 'vitest';
import { typeUrl, type TypeUrl } from '../publish/type-table.ts';
import { View } from '../publish/view.ts';
import { PublishGate } from './publish-gate.ts';
import { Removals } from './removals.ts';
import { TypeState } from './type-state.ts';

class CountingGate extends PublishGate {
  reads = 0;

  override removableAt(...args: Parameters<PublishGate['removableAt']>): number {
    this.reads++;
    return super.removableAt(...args);
  }
}

const holdMs = 2000;
const drainMs = 1000;
const view = new View({ committing: false, blob: () => undefined });

/** Connects a client that has clusters which are removed at epoch 1. */
function fixture(clusters: number) {
  const state = new TypeState(typeUrl.cluster, () => undefined);
  for (let i = 0; i < clusters; i++)
    state.removals.set(`c${i}`, { epoch: 1, notedAt: 0, unusedAt: undefined });
  const states = new Map<TypeUrl, TypeState>([[typeUrl.cluster, state]]);
  const gate = new CountingGate({ holdMs, drainMs });
  return { state, gate, states, removals: new Removals(states, gate) };
}

test('removals that wait are not looked at again until one of them or the gate is another', () => {
  const { state, gate, removals } = fixture(1000);
  const looksOf = (step: () => void): number => {
    gate.reads = 0;
    step();
    removals.noteRejections(view, 0);
    removals.dueAt(typeUrl.cluster, 0);
    removals.firstDueAt(0);
    return gate.reads;
  };
  expect(looksOf(() => {})).toBe(1000);
  expect(looksOf(() => {})).toBe(0);
  expect(looksOf(() => gate.clustersAre(7, 0))).toBe(0);
  expect(looksOf(() => gate.usesSent(1))).toBe(1000);
  expect(looksOf(() => gate.usesSent(1))).toBe(0);
  expect(looksOf(() => void state.removals.delete('c0'))).toBe(999);
  expect(looksOf(() => void state.removals.delete('c0'))).toBe(0);
});

test('a removal is due a drain after its last use, or a hold and a drain after the routes without it were sent', () => {
  const { gate, removals } = fixture(1);
  expect(removals.dueAt(typeUrl.cluster, 5)).toBe(Infinity);
  gate.usesSent(1);
  expect(removals.dueAt(typeUrl.cluster, 10)).toBe(holdMs + drainMs);
  gate.usesAre(1);
  expect(removals.dueAt(typeUrl.cluster, 100)).toBe(100 + drainMs);
  expect(removals.dueAt(typeUrl.cluster, 200)).toBe(100 + drainMs);
  gate.usesRejected = true;
  expect(removals.dueAt(typeUrl.cluster, 300)).toBe(Infinity);
});

test('while a type waits for an answer nothing of it becomes due by the time', () => {
  const { state, gate, removals } = fixture(1);
  gate.usesAre(1);
  expect(removals.firstDueAt(50)).toBe(50 + drainMs);
  state.inFlight = {
    nonce: '1',
    sentAt: 0,
    origin: arrivedAt(0),
    push: 'change',
    versions: new Map(),
    epoch: 1,
    complete: true,
  };
  expect(removals.firstDueAt(60)).toBe(Infinity);
  expect(removals.wait).toBe(true);
});

test('what goes at once does not wait for an internal listener, and a cluster does', () => {
  const { state, gate, removals, states } = fixture(1);
  const listeners = new TypeState(typeUrl.listener, () => undefined);
  const hosts = new TypeState(typeUrl.virtualHost, () => undefined);
  const removal = { epoch: 1, notedAt: 0, unusedAt: undefined };
  listeners.removals.set('default/web/filtered/80', { ...removal, epoch: 2 });
  hosts.removals.set('default/web/80:*/a.test', { ...removal });
  states.set(typeUrl.listener, listeners).set(typeUrl.virtualHost, hosts);
  gate.usesAre(1);
  expect(removals.dueAt(typeUrl.virtualHost, 10)).toBe(0);
  expect(removals.dueAt(typeUrl.cluster, 10)).toBe(Infinity);
  gate.usesAre(2);
  expect(removals.dueAt(typeUrl.cluster, 20)).toBe(20 + drainMs);
  expect(removals.mayRemove(typeUrl.cluster, 'c0', state.removals.get('c0') ?? removal, 5000)).toBe(false);
  listeners.removals.clear();
  expect(removals.mayRemove(typeUrl.cluster, 'c0', state.removals.get('c0') ?? removal, 5000)).toBe(true);
});
