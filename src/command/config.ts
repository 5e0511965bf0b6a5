import { configJsonSchema } from '../config/options.ts';
import { configReference } from '../config/reference.ts';
import type { Terminal } from './terminal.ts';

export function config(page: 'schema' | 'reference', terminal: Terminal): number {
  terminal.out(
    page === 'schema' ? `${JSON.stringify(configJsonSchema(), undefined, 2)}\n` : configReference(),
  );
  return 0;
}
