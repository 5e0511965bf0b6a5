import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../src/config/options.ts';

/** The schema of the chart's values; its `config` is Sluice's own config file. */
const file = join(import.meta.dirname, 'sluice', 'values.schema.json');

/** `config` of the chart's values, so that `helm` refuses what Sluice would refuse, and before anything is changed. */
export function valuesSchema(): { readonly written: object; readonly wanted: object } {
  const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly properties: object };
  const { $schema: _, title: __, ...config } = configJsonSchema() as Record<string, unknown>;
  return { written, wanted: { ...written, properties: { ...written.properties, config } } };
}

// `node charts/values-schema.ts` writes it anew, after a change of the config file's options.
if (import.meta.main) writeFileSync(file, JSON.stringify(valuesSchema().wanted, undefined, 2));
