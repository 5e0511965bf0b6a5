import type { Mutant } from './mutant.ts';
import { streamMutants } from './stream-mutants.ts';
import { subscriptionMutants } from './subscription-mutants.ts';

/** Every mutant, in the order of the rules. */
export const mutants: readonly Mutant[] = [...streamMutants, ...subscriptionMutants];
