import * as fc from 'fast-check';
import type { Edit } from '../rig/objects/edit.ts';
import { anyEdit } from '../rig/objects/any-edit.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';

/** By Gateway, two of each, so that one can be behind the other. */
export const proxies = ['default/web', 'default/web', 'default/edge', 'default/edge'] as const;

/** Initial versions of a proxy that connects again. */
export type ClaimKind = 'all' | 'half' | 'nothing' | 'wrong';

export type Step =
  | { readonly kind: 'edit'; readonly edits: readonly Edit[] }
  /** `pick` chooses the batch; its worker answers or dies. */
  | { readonly kind: 'answer'; readonly pick: number }
  | { readonly kind: 'die'; readonly pick: number }
  | { readonly kind: 'turns'; readonly count: number }
  /** `slow`: no worker answers meanwhile; otherwise all do. */
  | { readonly kind: 'time'; readonly ms: number; readonly slow: boolean }
  /** The stream begins, or ends and begins again. */
  | { readonly kind: 'connect'; readonly proxy: number; readonly claim: ClaimKind }
  | { readonly kind: 'disconnect'; readonly proxy: number }
  | { readonly kind: 'restart'; readonly proxy: number }
  /** Requests of one type wait, or go on. */
  | { readonly kind: 'hold'; readonly proxy: number; readonly service: Service }
  | { readonly kind: 'stall'; readonly proxy: number }
  /** Rejects certain resources of the type, or accepts all; undefined: all proxies. */
  | { readonly kind: 'reject'; readonly proxy: number | undefined; readonly service: Service }
  | { readonly kind: 'accept' }
  /** Sluice restarts; `changed`: as a release that encodes clusters otherwise. */
  | { readonly kind: 'release'; readonly changed: boolean }
  /** Everything is done, and all holds and drains are over. */
  | { readonly kind: 'rest' };

const anyProxy = fc.nat(proxies.length - 1);
const anyService = fc.constantFrom(...services);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(20, { kind: fc.constant('edit'), edits: fc.array(anyEdit(), { minLength: 1, maxLength: 5 }) }),
  step(28, { kind: fc.constant('answer'), pick: fc.nat(7) }),
  step(3, { kind: fc.constant('die'), pick: fc.nat(7) }),
  step(20, { kind: fc.constant('turns'), count: fc.integer({ min: 1, max: 6 }) }),
  step(10, {
    kind: fc.constant('time'),
    ms: fc.constantFrom(1, 300, 1000, 2500),
    slow: fc.constantFrom(false, false, false, true),
  }),
  step(6, {
    kind: fc.constant('connect'),
    proxy: anyProxy,
    claim: fc.constantFrom<ClaimKind>('all', 'all', 'half', 'nothing', 'wrong'),
  }),
  step(1, { kind: fc.constant('disconnect'), proxy: anyProxy }),
  step(1, { kind: fc.constant('restart'), proxy: anyProxy }),
  step(3, { kind: fc.constant('hold'), proxy: anyProxy, service: anyService }),
  step(2, { kind: fc.constant('stall'), proxy: anyProxy }),
  step(2, {
    kind: fc.constant('reject'),
    proxy: fc.option(anyProxy, { nil: undefined, freq: 2 }),
    service: anyService,
  }),
  step(2, { kind: fc.constant('accept') }),
  step(1, { kind: fc.constant('release'), changed: fc.boolean() }),
  step(4, { kind: fc.constant('rest') }),
);

/** The same for the same seed, and each meaningful without the others. */
export function stepsOf(seed: number, count: number): Step[] {
  const walk = fc.array(anyStep, { minLength: count, maxLength: count, size: 'max' });
  return fc.sample(walk, { seed, numRuns: 1 })[0] ?? [];
}

function step<T extends Step>(
  weight: number,
  fields: { [K in keyof T]: fc.Arbitrary<T[K]> },
): { weight: number; arbitrary: fc.Arbitrary<Step> } {
  return { weight, arbitrary: fc.record(fields) as unknown as fc.Arbitrary<Step> };
}
