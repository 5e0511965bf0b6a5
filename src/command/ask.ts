import { failureText } from '../lib/failure.ts';
import type { Surroundings } from './command.ts';
import type { Place } from './place.ts';
import { findReplicas } from './replicas.ts';

export interface Answer<T> {
  readonly replica: string;
  readonly value: T;
}

/**
 * Asks every replica of a place at once, and prints a line for each that gives no answer. Resolves to undefined when none
 * does: the command ends with exit code 2.
 */
export async function askAll<T>(
  command: string,
  place: Place,
  path: string,
  read: (body: string) => T | undefined,
  { terminal, signal }: Surroundings,
): Promise<readonly Answer<T>[] | undefined> {
  const found = await findReplicas(place, signal);
  if (found.kind === 'error') {
    terminal.err(`sluice: ${command}: ${found.line}`);
    return undefined;
  }
  const answers = await Promise.all(
    found.replicas.map(async (replica): Promise<Answer<T> | undefined> => {
      try {
        const value = read(await replica.get(path, signal));
        if (value === undefined)
          throw new Error(`${replica.name} answers, but not as Sluice does (HTTP 200)`);
        return { replica: replica.name, value };
      } catch (error) {
        terminal.err(`sluice: ${command}: ${failureText(error)}`);
        return undefined;
      }
    }),
  );
  const given = answers.filter((answer) => answer !== undefined);
  return given.length === 0 ? undefined : given;
}

/** Reads a list of objects that each have these fields. Checks no others: both ends are the same program. */
export function listWith<T extends object>(
  ...fields: readonly (keyof T & string)[]
): (body: string) => T[] | undefined {
  const isOne = (value: unknown): value is T =>
    typeof value === 'object' && value !== null && fields.every((field) => field in value);
  return (body) => {
    try {
      const value: unknown = JSON.parse(body);
      return Array.isArray(value) && value.every(isOne) ? value : undefined;
    } catch {
      return undefined;
    }
  };
}
