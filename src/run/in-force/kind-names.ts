import { followedKinds } from '../../kinds/followed-kinds.ts';

/** Kinds of objects that can be explained: those with a status, and Services. */
export const kindNames: readonly string[] = followedKinds
  .filter(({ kind, status }) => status !== undefined || kind === 'Service')
  .map(({ kind }) => kind);
