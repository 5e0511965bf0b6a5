import type { Output } from './place.ts';
import type { Terminal } from './terminal.ts';

/** Prints a value as it is asked for. */
export async function print(
  value: unknown,
  output: Output,
  table: () => string | Promise<string>,
  terminal: Terminal,
): Promise<void> {
  if (output === 'table') terminal.out(await table());
  else if (output === 'json') terminal.out(`${JSON.stringify(value, undefined, 2)}\n`);
  // Imported on demand, as few ask for it.
  else terminal.out((await import('yaml')).stringify(value));
}
