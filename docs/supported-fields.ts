import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { kindTable } from '../src/kinds/kind-table.ts';
import type { KindDef } from '../src/kinds/kind-def.ts';
import { flatFields, leftOut, meaningOfRole, unsupportedKinds } from './left-out.ts';
import { fieldsOf, type Field } from './schema-fields.ts';

const file = join(import.meta.dirname, 'supported-fields.md');

/** The page as it is, and as the schemas and the table of `left-out.ts` have it. */
export function supportedFields(): { readonly written: string; readonly wanted: string } {
  const kinds: readonly KindDef[] = Object.values(kindTable);
  const sections = kinds.map(section);
  return {
    written: readFileSync(file, 'utf8'),
    wanted: `${introduction}\n${sections.join('\n')}\n${absent}`,
  };
}

const introduction = `# Supported fields

Each kind that Sluice follows, the fields that it reads, and those that it leaves out, with the reason.

Made by \`node docs/supported-fields.ts\` from the schemas of \`src/kinds\` and the table in \`docs/left-out.ts\`; edit those, not this
page. \`[]\` is a list, \`{}\` is a map of any names that is taken as it is. Values stand in
brackets where there are few. A field that is not listed is not read.
`;

const absent = `## Kinds that are not followed

${unsupportedKinds.map(([kinds, reason]) => `- ${kinds}: ${reason}.`).join('\n')}
`;

function section(def: KindDef): string {
  const { group, kind, versions, status, role } = def;
  const out = leftOut[kind] ?? [];
  const fields = 'schema' in def ? fieldsOf(def.schema as z.ZodType) : (flatFields[kind] ?? []);
  const read = fields.filter(({ path }) => !out.some(([field]) => `${path}.`.startsWith(`spec.${field}.`)));
  const byParent = Map.groupBy(read, ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('.'))));
  return [
    `## ${kind}`,
    '',
    `\`${group === '' ? 'core' : group}\` ${versions.join(', ')}: ${meaningOfRole[role]}. ${status === undefined ? 'Has no status of Sluice.' : 'Sluice writes its status.'}`,
    '',
    '| in | fields that are read |',
    '|---|---|',
    ...[...byParent].map(([parent, leaves]) => `| \`${parent || '.'}\` | ${leaves.map(leaf).join(', ')} |`),
    '',
    ...(out.length === 0
      ? []
      : ['Left out:', '', ...out.map(([field, why]) => `- \`${field}\`: ${why}.`), '']),
  ].join('\n');
}

function leaf({ path, values }: Field): string {
  const name = `\`${path.slice(path.lastIndexOf('.') + 1)}\``;
  return values.length === 0 ? name : `${name} (${values.join(', ')})`;
}

// `node docs/supported-fields.ts` writes the page anew, after a change of a schema.
if (import.meta.main) writeFileSync(file, supportedFields().wanted);
