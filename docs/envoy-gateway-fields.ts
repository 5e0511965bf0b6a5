import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  listedFields,
  listedRelease,
  verdictOf,
  type ListedField,
  type Verdict,
} from './envoy-gateway-verdicts.ts';

const file = join(import.meta.dirname, 'envoy-gateway-fields.md');

/** The page as it is, and as the schemas, the list of fields and the tables of reasons have it. */
export function envoyGatewayFieldsPage(): { readonly written: string; readonly wanted: string } {
  const kinds = [...Map.groupBy(listedFields, ({ kind }) => kind)].map(([kind, fields]) => ({
    kind,
    fields: fields.map((field) => ({ field, verdict: verdictOf(field) })),
  }));
  const sections = kinds.map(
    ({ kind, fields }) => `## ${kind}\n\n| field | here |\n|---|---|\n${rowsOf(fields)}\n`,
  );
  return {
    written: readFileSync(file, 'utf8'),
    wanted: `${introduction}\n${summary(kinds)}\n\n${sections.join('\n')}`,
  };
}

const introduction = `# Fields of Envoy Gateway

Each field of the kinds of \`gateway.envoyproxy.io\` in Envoy Gateway ${listedRelease}, and how Sluice treats it: **same**, **different** (how),
left out **on purpose** (why), or **not yet** (what happens instead). A field stands for all below it.

Made by \`node docs/envoy-gateway-fields.ts\` from the schemas of \`src/kinds\`, the reasons in \`docs/left-out.ts\` and
\`docs/envoy-gateway-differences.ts\`, and the list in \`docs/envoy-gateway-fields.txt\`, which a cluster test compares with the CRDs of
Envoy Gateway; edit those, not this page.
`;

interface Judged {
  readonly field: ListedField;
  readonly verdict: Verdict;
}

function summary(kinds: readonly { readonly kind: string; readonly fields: readonly Judged[] }[]): string {
  const counts = kinds.map(({ kind, fields }) => {
    const of = (is: Verdict['is']) => fields.filter(({ verdict }) => verdict.is === is).length;
    return `| [${kind}](#${kind.toLowerCase()}) | ${fields.length} | ${of('same')} | ${of('different')} | ${of('on purpose')} | ${of('not yet')} |`;
  });
  return [
    '| kind | fields | same | different | on purpose | not yet |',
    '|---|---|---|---|---|---|',
    ...counts,
  ].join('\n');
}

function rowsOf(fields: readonly Judged[]): string {
  const parts = uniformParts(
    '',
    fields.map(({ field, verdict }) => ({
      rest: field.path.split('.').slice(1),
      words: verdict.how === '' ? verdict.is : `${verdict.is}: ${verdict.how}`,
    })),
  );
  const rows = [...Map.groupBy(parts, ({ words }) => words)].map(
    ([words, found]) => `| ${found.map(({ path }) => pathText(path)).join(', ')} | ${words} |`,
  );
  return rows.join('\n');
}

function pathText(path: string): string {
  return path === '' ? 'every field' : `\`${path}\``;
}

interface Leaf {
  readonly rest: readonly string[];
  readonly words: string;
}

interface Part {
  readonly path: string;
  readonly words: string;
}

/** Splits fields into the largest parts of which all fields are treated alike. */
function uniformParts(path: string, leaves: readonly Leaf[]): Part[] {
  const [first] = leaves;
  if (first === undefined) return [];
  if (leaves.every(({ words }) => words === first.words)) return [{ path, words: first.words }];
  const byName = Map.groupBy(leaves, ({ rest }) => rest[0] ?? '');
  return [...byName].flatMap(([name, inner]) =>
    uniformParts(
      path === '' ? name : `${path}.${name}`,
      inner.map(({ rest, words }) => ({ rest: rest.slice(1), words })),
    ),
  );
}

// `node docs/envoy-gateway-fields.ts` writes the page anew, after a change of a schema, of a table or of the list.
if (import.meta.main) writeFileSync(file, envoyGatewayFieldsPage().wanted);
