import { stringify } from 'yaml';
import type { Output } from './place.ts';
import type { Terminal } from './terminal.ts';

/** Prints a value as it is asked for. */
export function print(value: unknown, output: Output, table: () => string, terminal: Terminal): void {
  if (output === 'table') terminal.out(table());
  else terminal.out(output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value));
}
