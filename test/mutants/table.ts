import { answerMutants } from './answer-mutants.ts';
import { deadlineMutants } from './deadline-mutants.ts';
import { hostMutants } from './host-mutants.ts';
import type { Mutant } from './mutant.ts';
import { orderingMutants } from './ordering-mutants.ts';
import { reconnectMutants } from './reconnect-mutants.ts';
import { responseMutants } from './response-mutants.ts';
import { scopeMutants } from './scope-mutants.ts';
import { shareMutants } from './share-mutants.ts';
import { streamMutants } from './stream-mutants.ts';
import { subscriptionMutants } from './subscription-mutants.ts';

export const mutants: readonly Mutant[] = [
  ...streamMutants,
  ...shareMutants,
  ...subscriptionMutants,
  ...responseMutants,
  ...answerMutants,
  ...reconnectMutants,
  ...orderingMutants,
  ...deadlineMutants,
  ...hostMutants,
  ...scopeMutants,
];
