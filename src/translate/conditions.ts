import type { OwnConditionType } from '../kinds/condition-types.ts';

/** A condition of the API without `lastTransitionTime`, which only the writer of the status knows. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  readonly reason: string;
  readonly message: string;
}

/** Makes a condition with keys in a fixed order, so that equal conditions are equal JSON. */
export function condition(
  type: OwnConditionType,
  status: Condition['status'],
  observedGeneration: number,
  reason: string,
  message: string,
): Condition {
  return { type, status, observedGeneration, reason, message: bounded(message) };
}

/** Makes the condition of an object with fields that no schema reads, see `namingLeftOut`. */
export function leftOutCondition(paths: readonly string[] = [], observedGeneration: number): Condition[] {
  if (paths.length === 0) return [];
  const message = `${paths.join(', ')}: not supported, and without effect`;
  return [condition('sluice.dev/FieldsNotSupported', 'True', observedGeneration, 'FieldsIgnored', message)];
}

/** Bound of a message. The API allows 32,768 characters, but every byte goes through the API server at each write. */
const maxMessageCharacters = 1024;

function bounded(message: string): string {
  return message.length <= maxMessageCharacters ? message : `${message.slice(0, maxMessageCharacters - 1)}…`;
}
