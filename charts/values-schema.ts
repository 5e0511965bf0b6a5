import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../src/config/options.ts';

/** Schema of the chart's values; `config` is Sluice's config file. */
const file = join(import.meta.dirname, 'sluice', 'values.schema.json');

/** Puts the config file's schema into the chart's: `helm` refuses a wrong config before it changes anything. */
export function valuesSchema(): { readonly written: object; readonly wanted: object } {
  const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly properties: object };
  const { $schema: _, title: __, ...config } = configJsonSchema() as Record<string, unknown>;
  return { written, wanted: { ...written, properties: { ...written.properties, config } } };
}

// `node charts/values-schema.ts` writes the schema after a change of the config file's options.
if (import.meta.main) writeFileSync(file, JSON.stringify(valuesSchema().wanted, undefined, 2));
