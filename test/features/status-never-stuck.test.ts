import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { comparableStatus } from '../rig/kube/comparable-status.ts';
import * as m from '../rig/objects/manifests.ts';
import { generationOf, type MemoryManifest } from '../rig/kube/memory-api.ts';
import type { KubeObject } from '../rig/kube/object-store.ts';
import { StatusFleet } from '../rig/kube/status-fleet.ts';
import type { Behaviour } from '../rig/kube/status-proxy.ts';
import type { Outcome } from '../rig/kube/status-replica.ts';
import type { Edit } from '../rig/objects/edit.ts';
import { anyEdit, initialEdits } from '../rig/objects/any-edit.ts';

/** Raise it for a longer search: a run takes tens of milliseconds. */
const runs = Number(process.env['STATUS_RUNS'] ?? 60);

type Step =
  | { readonly kind: 'edit'; readonly edits: readonly Edit[] }
  /** The replica receives so many events of one kind; `pick` chooses the kind. */
  | { readonly kind: 'hear'; readonly at: number; readonly pick: number; readonly count: number }
  | { readonly kind: 'notes'; readonly at: number }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'kill' | 'start'; readonly at: number }
  | { readonly kind: 'lead'; readonly at: number | undefined }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'connect'; readonly proxy: number; readonly at: number; readonly keepsState: boolean }
  | { readonly kind: 'disconnect'; readonly proxy: number }
  | { readonly kind: 'behaviour'; readonly proxy: number; readonly behaviour: Behaviour };

const at = fc.nat(1);
const proxy = fc.nat(3);
const outcome = fc.constantFrom<Outcome>(
  'taken',
  'unanswered',
  'lost',
  'late',
  'unavailable',
  'conflict',
  'forbidden',
  'refused',
);

function kind<K extends Step['kind']>(of: K): fc.Arbitrary<K> {
  return fc.constant(of);
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('edit'),
      edits: fc.array(objectEdit(), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('hear'), at, pick: fc.nat(9), count: fc.constantFrom(1, 2, 100) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('notes'), at }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('turns'), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('time'), ms: fc.constantFrom(1, 20, 500, 1000, 4000) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('kill'), at }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('start'), at }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('lead'), at: fc.option(at, { nil: undefined, freq: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('outcomes'),
      outcomes: fc.array(outcome, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('connect'), proxy, at, keepsState: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('disconnect'), proxy }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('behaviour'),
      proxy,
      behaviour: fc.constantFrom<Behaviour>('takes', 'takes', 'rejects', 'silent'),
    }),
  },
);

test(
  'whatever Sluice, its proxies and the API server go through, statuses end as those of a quiet run with the same objects',
  { timeout: 60_000 + runs * 500 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
        const fleet = await playedFleet(steps);
        const quiet = await quietFleet([...fleet.api.store.entries()].map(([, object]) => object));
        try {
          expect(statuses(fleet)).toEqual(statuses(quiet));
        } finally {
          await fleet.close();
          await quiet.close();
        }
      }),
      { numRuns: runs },
    );
  },
);

const gateways = ['default/web', 'default/edge'];

async function playedFleet(steps: readonly Step[]): Promise<StatusFleet> {
  const fleet = new StatusFleet(gateways);
  edit(fleet, initialEdits());
  await fleet.finish();
  for (const step of steps) await play(fleet, step);
  await fleet.finish();
  return fleet;
}

/** All objects exist before Sluice starts, and nothing fails. */
async function quietFleet(objects: readonly KubeObject[]): Promise<StatusFleet> {
  const fleet = new StatusFleet(gateways);
  for (const object of objects) fleet.api.apply(asWritten(object));
  await fleet.finish();
  return fleet;
}

async function play(fleet: StatusFleet, step: Step): Promise<void> {
  switch (step.kind) {
    case 'edit':
      return edit(fleet, step.edits);
    case 'hear': {
      const replica = fleet.replica(step.at);
      const kinds = replica?.unheard() ?? [];
      return replica?.take(kinds[step.pick % kinds.length] ?? '', step.count);
    }
    case 'notes':
      return fleet.replica(step.at)?.takeNotes();
    case 'turns':
      for (let i = 0; i < step.count; i++) await turn();
      return;
    case 'time':
      return fleet.pass(step.ms);
    case 'kill':
      return fleet.kill(step.at);
    case 'start':
      return fleet.start(step.at);
    case 'lead':
      return fleet.lead(step.at);
    case 'outcomes':
      fleet.outcomes.push(...step.outcomes);
      return;
    case 'connect':
      return fleet.connect(must(fleet.proxies[step.proxy], 'proxy'), step.at, step.keepsState);
    case 'disconnect':
      return fleet.proxies[step.proxy]?.disconnect();
    case 'behaviour':
      return fleet.proxies[step.proxy]?.setBehaviour(step.behaviour);
  }
}

/** A replica's settings stay the same for its life. */
function objectEdit(): fc.Arbitrary<Edit> {
  const anyObject = anyEdit().filter(({ settings }) => settings === undefined);
  return fc.oneof({ weight: 12, arbitrary: anyObject }, { weight: 1, arbitrary: policyEdit() });
}

function policyEdit(): fc.Arbitrary<Edit> {
  const group = 'gateway.networking.k8s.io';
  const wasm = [{ code: { type: 'Image', image: { url: 'registry.example/plugin:v1' } } }];
  const target = fc.constantFrom<object>(
    { group, kind: 'HTTPRoute', name: 'r1' },
    { group, kind: 'Gateway', name: 'web' },
    { group, kind: 'Gateway', name: 'web', sectionName: 's' },
    { group, kind: 'Gateway', name: 'edge' },
  );
  const isThere = fc.constantFrom(true, true, false);
  return fc
    .record({ name: fc.constantFrom('p0', 'p1'), target, isThere })
    .map(({ name, target: of, isThere: is }) => ({
      key: resourceKey('EnvoyExtensionPolicy', 'default', name),
      manifest: is ? m.extensionPolicy({ targetRefs: [of], wasm }, { name }) : undefined,
    }));
}

function edit({ api }: StatusFleet, edits: readonly Edit[]): void {
  for (const { key, manifest } of edits) {
    if (manifest === undefined) {
      api.delete(key);
      continue;
    }
    const before = api.store.get(key);
    // The one field here that the API server makes immutable.
    if (before?.kind === 'GatewayClass' && controllerOf(before) !== controllerOf(manifest)) api.delete(key);
    api.apply(manifest as MemoryManifest);
  }
}

function controllerOf(gatewayClass: object): unknown {
  return (gatewayClass as { spec: { controllerName: unknown } }).spec.controllerName;
}

const withStatus = new Set(['GatewayClass', 'Gateway', 'HTTPRoute', 'EnvoyExtensionPolicy']);

function asWritten(object: KubeObject): MemoryManifest {
  const { status, metadata, ...rest } = object;
  const { uid: _, generation: _1, resourceVersion: _2, managedFields: _3, ...given } = metadata;
  return { ...rest, metadata: given, ...(withStatus.has(object.kind) ? {} : { status }) };
}

/** Statuses by object, without the parts that differ in every run. */
function statuses({ api }: StatusFleet): Record<string, unknown> {
  return Object.fromEntries(
    [...api.store.entries()]
      .filter(([, { kind: of }]) => withStatus.has(of))
      .map(([key, object]): [string, unknown] => [
        key,
        comparableStatus(object['status'] ?? {}, generationOf(object)),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
